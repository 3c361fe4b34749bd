package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

// configureTimeout bounds the configuration, which takes well under a second.
const configureTimeout = 30 * time.Second

// reconfigure applies the configuration to the running stack. Applying it again changes
// nothing but the token that Vault reviews tokens with.
func reconfigure(ctx context.Context, dir stateDir) error {
	ctx, cancel := context.WithTimeout(ctx, configureTimeout)
	defer cancel()

	state, err := dir.readState()
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", dir.path(kubeconfig))
	if err != nil {
		return err
	}
	config.QPS = -1
	cluster, err := configureKubernetes(ctx, config)
	if err != nil {
		return fmt.Errorf("configure kubernetes: %w", err)
	}
	if err := configureVault(ctx, dir, state, cluster); err != nil {
		return fmt.Errorf("configure vault: %w", err)
	}
	state.Configured = true
	return writeJSON(dir.path(stateFile), state)
}
