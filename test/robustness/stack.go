package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// stack is the running local stack, which has Vault as a cluster.
type stack struct {
	dir, kubeconfig, vaultCA string
	cluster                  *servers.VaultCluster
	vault                    servers.Vault // through the balancer that finds the active node
	core                     corev1client.CoreV1Interface
	ports                    servers.Ports
}

// settleTime is how long Vault may take to serve again after any fault.
const settleTime = 3 * time.Minute

func stackFromEnvironment() (*stack, error) {
	s := &stack{}
	var nodes, token string
	var missing []string
	for name, value := range map[string]*string{
		"KUBECONFIG": &s.kubeconfig, "VAULT_CACERT": &s.vaultCA, "VAULTSEAL_STACK_DIR": &s.dir,
		"VAULTSEAL_STACK_ROOT_TOKEN": &token, "VAULTSEAL_STACK_VAULT_NODES": &nodes,
	} {
		if *value = os.Getenv(name); *value == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("no local stack with Vault as a cluster: %s not set; run it with 'make test-robustness'",
			strings.Join(missing, ", "))
	}
	client, err := servers.HTTPClient(s.vaultCA)
	if err != nil {
		return nil, err
	}
	client.Timeout = 10 * time.Second // a node that is sealed in the middle of a request may never answer
	if s.cluster, err = servers.LoadVaultCluster(nodes, servers.Vault{Token: token, HTTP: client}); err != nil {
		return nil, err
	}
	s.vault = servers.Vault{Address: s.cluster.Balancers.Active, Token: token, HTTP: client}
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	s.core, err = corev1client.NewForConfig(config)
	return s, err
}

// settle waits until Vault serves with all its nodes, and unseals them.
func (s *stack) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for _, n := range s.cluster.Nodes {
		if err := n.Free(); err != nil {
			return err
		}
	}
	for !s.cluster.Serving(ctx) {
		select {
		case <-ctx.Done():
			return errors.New("vault does not serve again with all its nodes")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// write writes to a path of Vault, again and again while it does not serve.
func (s *stack) write(ctx context.Context, path string, data map[string]any) ([]byte, error) {
	return s.request(ctx, "POST", path, mustJSON(data))
}

// request sends a request to Vault, again and again while it does not serve. It also fails where Vault serves, on a
// connection that a fault has broken.
func (s *stack) request(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	for late := time.Now().Add(settleTime); ; time.Sleep(100 * time.Millisecond) {
		answer, err := s.vault.Request(ctx, method, path, body)
		if err == nil || ctx.Err() != nil || time.Now().After(late) {
			return answer, err
		}
	}
}
