package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// raftCluster is the stack's Vault with three nodes and integrated storage. Its tests run one after the other, because
// each of them stops Vault for all.
type raftCluster struct {
	Nodes     []raftNode `json:"nodes"`
	Balancers struct {
		Unchecked, Accepting, Active string
	} `json:"balancers"`
	UnsealKey string `json:"unseal_key"`
}

// raftNode is a node, as the stack's README describes it.
type raftNode struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	AuditLog string `json:"audit_log"`
	PIDFile  string `json:"pid_file"`
	HoldFile string `json:"hold_file"`
}

// theCluster is the stack's, with all nodes serving.
func theCluster(t *testing.T) *raftCluster {
	t.Helper()
	path := os.Getenv("VAULTSEAL_STACK_VAULT_NODES")
	if path == "" {
		t.Fatal("no cluster: run these tests with `stack run -raft`, as make test-faults does")
	}
	text, err := os.ReadFile(path)
	check(t, err)
	c := &raftCluster{}
	check(t, json.Unmarshal(text, c))
	c.settle(t)
	t.Cleanup(func() { c.settle(t) })
	return c
}

// at is the stack with a node in the place of Vault.
func (n raftNode) at() stack {
	on := theStack
	on.vaultAddr = n.Address
	return on
}

// health is the status of the node's sys/health: 200 for the active node, 429 for a standby, 503 for a sealed one, 0
// without an answer.
func (n raftNode) health() int {
	client, err := theStack.httpClient()
	if err != nil {
		return 0
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, n.Address+"/v1/sys/health", nil)
	if err != nil {
		return 0
	}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

const sealedHealth = http.StatusServiceUnavailable

// pid is the node's process, 0 while there is none.
func (n raftNode) pid() int {
	text, err := os.ReadFile(n.PIDFile)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

// kill ends the node as a crash does. The stack starts it again, sealed.
func (n raftNode) kill() error {
	pid := n.pid()
	if pid == 0 {
		return fmt.Errorf("%s does not run", n.Name)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// stepDown lets the active node hand over, if it is still the active one.
func (n raftNode) stepDown() error {
	_, err := n.at().vaultRequest(context.Background(), "PUT", "sys/step-down", nil)
	return err
}

func (n raftNode) unseal(key string) error {
	_, err := n.at().vaultRequest(context.Background(), "PUT", "sys/unseal", mustJSON(map[string]string{"key": key}))
	return err
}

// hold keeps the node from being started again, until it is free.
func (n raftNode) hold() error { return os.WriteFile(n.HoldFile, nil, 0o600) }

func (n raftNode) free(t *testing.T) {
	t.Helper()
	if err := os.Remove(n.HoldFile); err != nil && !os.IsNotExist(err) {
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
	for _, n := range c.Nodes {
		n.free(t)
	}
	until(t, "three nodes serve and one is active", func() bool {
		active := 0
		for _, n := range c.Nodes {
			switch n.health() {
			case http.StatusOK:
				active++
			case http.StatusTooManyRequests:
			case sealedHealth:
				_ = n.unseal(c.UnsealKey) // again and again, until it serves
				return false
			default:
				return false
			}
		}
		return active == 1 && c.sound() == nil
	})
}

// sound says what the cluster itself finds wrong: a node that is behind, or does not vote.
func (c *raftCluster) sound() error {
	text, err := c.Nodes[0].at().vaultRequest(context.Background(), "GET", "sys/storage/raft/autopilot/state", nil)
	if err != nil {
		return err
	}
	var state struct {
		Data struct {
			Healthy bool     `json:"healthy"`
			Voters  []string `json:"voters"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return err
	}
	if !state.Data.Healthy || len(state.Data.Voters) != len(c.Nodes) {
		return errors.New("not healthy yet")
	}
	return nil
}

// active is the active node, of a cluster that has one.
func (c *raftCluster) active(t *testing.T) raftNode {
	t.Helper()
	var active raftNode
	until(t, "a node is active", func() bool {
		for _, n := range c.Nodes {
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
	for _, n := range c.Nodes {
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
	before := n.pid()
	check(t, n.kill())
	until(t, n.Name+" is started again, sealed", func() bool {
		return n.pid() != before && n.health() == sealedHealth
	})
}

// on is the stack for what needs Vault's root while all nodes serve: through any one of them.
func (c *raftCluster) on() stack { return c.Nodes[0].at() }
