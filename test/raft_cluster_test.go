package test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// raftCluster is the stack's Vault with three nodes and integrated storage. Its tests run one after the other, because
// each of them stops Vault for all.
type raftCluster struct{ *servers.VaultCluster }

// raftNode is one of its nodes.
type raftNode struct {
	servers.VaultNode

	cluster *raftCluster
}

// theCluster is the stack's, with all nodes serving.
func theCluster(t *testing.T) *raftCluster {
	t.Helper()
	path := os.Getenv("VAULTSEAL_STACK_VAULT_NODES")
	if path == "" {
		t.Fatal("no cluster: run these tests with `stack run -raft`, as make test-faults does")
	}
	client, err := theStack.httpClient()
	check(t, err)
	loaded, err := servers.LoadVaultCluster(path, servers.Vault{Token: theStack.rootToken, HTTP: client})
	check(t, err)
	c := &raftCluster{loaded}
	c.settle(t)
	t.Cleanup(func() { c.settle(t) })
	return c
}

func (c *raftCluster) nodes() []raftNode {
	nodes := make([]raftNode, len(c.Nodes))
	for i, n := range c.Nodes {
		nodes[i] = raftNode{n, c}
	}
	return nodes
}

// at is the stack with a node in the place of Vault.
func (n raftNode) at() stack {
	on := theStack
	on.vaultAddr = n.Address
	return on
}

// health is the status of the node's sys/health.
func (n raftNode) health() int { return n.cluster.At(n.VaultNode).Health(context.Background()) }

const sealedHealth = servers.SealedHealth

// stepDown lets the active node hand over, if it is still the active one.
func (n raftNode) stepDown() error { return n.cluster.StepDown(context.Background(), n.VaultNode) }

func (n raftNode) unseal() error { return n.cluster.Unseal(context.Background(), n.VaultNode) }

func (n raftNode) free(t *testing.T) {
	t.Helper()
	if err := n.Free(); err != nil {
		t.Error(err)
	}
}

// until waits until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	if !comes(so) {
		t.Fatalf("waited in vain: %s", what)
	}
}

// comes waits until something is so, for as long as no command is stuck.
func comes(so func() bool) bool {
	for end := time.Now().Add(commandEnd); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// settle unseals what is sealed and waits until all nodes serve and one of them is active.
func (c *raftCluster) settle(t *testing.T) {
	t.Helper()
	for _, n := range c.nodes() {
		n.free(t)
	}
	until(t, "three nodes serve and one is active", func() bool { return c.Settled(context.Background()) })
}

// active is the active node, of a cluster that has one.
func (c *raftCluster) active(t *testing.T) raftNode {
	t.Helper()
	var active raftNode
	until(t, "a node is active", func() bool {
		for _, n := range c.nodes() {
			if n.health() == http.StatusOK {
				active = n
				return true
			}
		}
		return false
	})
	return active
}

// standby is a node that serves and is not the active one.
func (c *raftCluster) standby(t *testing.T) raftNode {
	t.Helper()
	active := c.active(t)
	for _, n := range c.nodes() {
		if n.Name != active.Name {
			return n
		}
	}
	t.Fatal("there is no standby")
	return raftNode{}
}

// crash kills a node and waits until it is there again, sealed.
func (n raftNode) crash(t *testing.T) {
	t.Helper()
	before := n.PID()
	check(t, n.Kill())
	until(t, n.Name+" is started again, sealed", func() bool {
		return n.PID() != before && n.health() == sealedHealth
	})
}

// on is the stack for what needs Vault's root while all nodes serve: through any one of them.
func (c *raftCluster) on() stack { return c.nodes()[0].at() }
