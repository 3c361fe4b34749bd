package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	vault "github.com/hashicorp/vault/api"
	"golang.org/x/sync/errgroup"
)

// clusterSize is how many nodes Vault's cluster has: it serves while two of them do.
const clusterSize = 3

// vaultCluster is Vault as nodes with integrated storage behind balancers.
type vaultCluster struct {
	Nodes     []*vaultNode `json:"nodes"`
	Balancers balancerURLs `json:"balancers"`
	UnsealKey string       `json:"unseal_key"` // hex
	rootToken string       // in state.json
	balancers []*balancer  // those of Balancers
	cancel    context.CancelFunc
}

// balancerURLs are addresses of Vault.
type balancerURLs struct {
	Unchecked string `json:"unchecked"` // every node in turn
	Accepting string `json:"accepting"` // every node that takes connections
	Active    string `json:"active"`    // the active node
}

// startCluster returns when all nodes vote and serve. On failure nothing is left running.
func startCluster(ctx context.Context, dir stateDir) (*vaultCluster, error) {
	life, cancel := context.WithCancel(context.Background())
	c := &vaultCluster{cancel: cancel}
	err := c.startNodes(ctx, life, dir)
	if err == nil {
		err = c.form(ctx, dir)
	}
	if err == nil {
		err = c.balance(life, dir)
	}
	if err == nil {
		err = writeJSON(dir.path(clusterFile), c)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start vault's cluster: %w", err), c.stop())
	}
	return c, nil
}

func (c *vaultCluster) startNodes(ctx, life context.Context, dir stateDir) error {
	starting, ctx := errgroup.WithContext(ctx)
	for i := range clusterSize {
		node, err := newVaultNode(dir, vaultNodeName(i))
		if err != nil {
			return errors.Join(err, starting.Wait())
		}
		c.Nodes = append(c.Nodes, node)
		starting.Go(func() error {
			if err := node.start(ctx, dir); err != nil {
				return err
			}
			go node.keep(life, dir)
			return nil
		})
	}
	return starting.Wait()
}

// form initialises the first node, and lets the others join it.
func (c *vaultCluster) form(ctx context.Context, dir stateDir) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	first, err := newVaultClient(dir, stackState{VaultAddress: c.Nodes[0].Address})
	if err != nil {
		return err
	}
	keys, err := first.Sys().InitWithContext(ctx, &vault.InitRequest{SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		return fmt.Errorf("initialise: %w", err)
	}
	c.UnsealKey, c.rootToken = keys.Keys[0], keys.RootToken
	first.SetToken(c.rootToken)
	if err := c.unseal(ctx, first); err != nil {
		return err
	}
	if err := await(ctx, "the active node", func() bool { return isActive(ctx, first) }); err != nil {
		return err
	}
	for _, write := range []write{
		// to become a voter
		{"sys/storage/raft/autopilot/configuration", map[string]any{"server_stabilization_time": "1s"}},
		// each node has its own path
		{"sys/audit/file", map[string]any{"type": "file", "options": map[string]string{"file_path": "audit.log"}}},
	} {
		if _, err := first.Logical().WriteWithContext(ctx, write.path, write.data); err != nil {
			return fmt.Errorf("write %s: %w", write.path, err)
		}
	}
	for _, node := range c.Nodes[1:] {
		if err := c.join(ctx, dir, node); err != nil {
			return fmt.Errorf("%s: %w", node.Name, err)
		}
	}
	return await(ctx, "three voters", func() bool { return voters(ctx, first) == clusterSize })
}

func (c *vaultCluster) unseal(ctx context.Context, client *vault.Client) error {
	_, err := client.Sys().UnsealWithContext(ctx, c.UnsealKey)
	if err != nil {
		return fmt.Errorf("unseal: %w", err)
	}
	return nil
}

func (c *vaultCluster) join(ctx context.Context, dir stateDir, node *vaultNode) error {
	client, err := newVaultClient(dir, stackState{VaultAddress: node.Address})
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(dir.path(caCert))
	if err != nil {
		return err
	}
	joined, err := client.Sys().RaftJoinWithContext(ctx, &vault.RaftJoinRequest{
		LeaderAPIAddr: c.Nodes[0].Address, LeaderCACert: string(ca),
	})
	if err != nil || !joined.Joined {
		return errors.Join(errors.New("join the first node"), err)
	}
	if err := c.unseal(ctx, client); err != nil {
		return err
	}
	return await(ctx, "the standby", func() bool { return serving(ctx, client) })
}

// serving reports whether the node serves, as the active node or as a standby.
func serving(ctx context.Context, client *vault.Client) bool {
	health, err := client.Sys().HealthWithContext(ctx)
	return err == nil && !health.Sealed && health.Initialized
}

func isActive(ctx context.Context, client *vault.Client) bool {
	health, err := client.Sys().HealthWithContext(ctx)
	return err == nil && !health.Sealed && !health.Standby
}

// voters counts the nodes that may become active, as one of them says.
func voters(ctx context.Context, client *vault.Client) int {
	state, err := client.Sys().RaftAutopilotStateWithContext(ctx)
	if err != nil || state == nil {
		return 0
	}
	return len(state.Voters)
}

// await waits until something is so.
func await(ctx context.Context, what string, so func() bool) error {
	for !so() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// balance starts the balancers.
func (c *vaultCluster) balance(life context.Context, dir stateDir) error {
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(dir.path(caCert))
	if err != nil {
		return err
	}
	pool.AppendCertsFromPEM(ca)
	checker := &http.Client{
		Timeout:   checkInterval,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}
	var nodes []string
	for _, node := range c.Nodes {
		nodes = append(nodes, node.listen)
	}
	for _, b := range []struct {
		url    *string
		choose chooser
	}{
		{&c.Balancers.Unchecked, unchecked(nodes)},
		{&c.Balancers.Accepting, accepting(nodes)},
		{&c.Balancers.Active, activeOnly(life, nodes, healthOf(checker))},
	} {
		started, err := newBalancer(b.choose)
		if err != nil {
			return err
		}
		c.balancers = append(c.balancers, started)
		*b.url = started.url()
	}
	return nil
}

func (c *vaultCluster) access() vaultAccess {
	return vaultAccess{Address: c.Balancers.Unchecked, RootToken: c.rootToken, UnsealKey: c.UnsealKey}
}

// failed never says anything: a node that has ended is started again.
func (c *vaultCluster) failed() <-chan struct{} { return nil }

func (c *vaultCluster) failure() error { return nil }

// stop ends the balancers, then all nodes at once, and waits for them.
func (c *vaultCluster) stop() error {
	var errs []error
	for _, b := range c.balancers {
		errs = append(errs, b.stop())
	}
	c.cancel()
	for _, node := range c.Nodes {
		<-node.ended
	}
	return errors.Join(errs...)
}
