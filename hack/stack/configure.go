package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// configureTimeout bounds the configuration, which takes well under a second.
const configureTimeout = 30 * time.Second

// configure configures the stack as it was asked for.
func configure(ctx context.Context, dir stateDir, bare bool) error {
	if bare {
		return leaveBare(ctx, dir)
	}
	return reconfigure(ctx, dir)
}

// leaveBare configures nothing of vaultseal's: what setup makes is made by a test. The
// namespace default is there, as in every cluster.
func leaveBare(ctx context.Context, dir stateDir) error {
	state, err := dir.readState()
	if err != nil {
		return err
	}
	client, err := kubernetesClient(dir)
	if err != nil {
		return err
	}
	if err := createNamespace(ctx, client, "default"); err != nil {
		return err
	}
	state.Configured, state.Bare = true, true
	return writeJSON(dir.path(stateFile), state)
}

func kubernetesClient(dir stateDir) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", dir.path(kubeconfig))
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

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
