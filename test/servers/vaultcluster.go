package servers

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
)

// SealedHealth is the Health of a node that is sealed.
const SealedHealth = http.StatusServiceUnavailable

// VaultCluster is the stack's Vault with three nodes and integrated storage, as the stack's README describes it.
type VaultCluster struct {
	Nodes     []VaultNode `json:"nodes"`
	Balancers struct {
		Unchecked, Accepting, Active string
	} `json:"balancers"`
	UnsealKey string `json:"unseal_key"`

	root Vault
}

// VaultNode is one of its nodes.
type VaultNode struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	AuditLog string `json:"audit_log"`
	PIDFile  string `json:"pid_file"`
	HoldFile string `json:"hold_file"`
}

// LoadVaultCluster reads the file that VAULTSEAL_STACK_VAULT_NODES names. root has a token and a client.
func LoadVaultCluster(path string, root Vault) (*VaultCluster, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &VaultCluster{root: root}
	return c, json.Unmarshal(text, c)
}

// At is a node as root sees it.
func (c *VaultCluster) At(n VaultNode) Vault { return Vault{n.Address, c.root.Token, c.root.HTTP} }

// PID is the node's process, 0 while it does not run.
func (n VaultNode) PID() int {
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

// Kill ends the node as a crash does. The stack starts it again, sealed.
func (n VaultNode) Kill() error {
	pid := n.PID()
	if pid == 0 {
		return fmt.Errorf("%s does not run", n.Name)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// Hold keeps the node from being started again, until it is free.
func (n VaultNode) Hold() error { return os.WriteFile(n.HoldFile, nil, 0o600) }

// Free lets the node start again.
func (n VaultNode) Free() error {
	if err := os.Remove(n.HoldFile); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// StepDown lets the active node hand over, if it is still the active one.
func (c *VaultCluster) StepDown(ctx context.Context, n VaultNode) error {
	_, err := c.At(n).Request(ctx, http.MethodPut, "sys/step-down", nil)
	return err
}

// Unseal unseals a node.
func (c *VaultCluster) Unseal(ctx context.Context, n VaultNode) error {
	body, err := json.Marshal(map[string]string{"key": c.UnsealKey})
	if err == nil {
		_, err = c.At(n).Request(ctx, http.MethodPut, "sys/unseal", body)
	}
	return err
}

// Settled unseals what is sealed, and reports whether all nodes serve, one of them is active, and none is behind.
func (c *VaultCluster) Settled(ctx context.Context) bool {
	return c.Serving(ctx) && c.sound(ctx) == nil
}

// Serving unseals what is sealed, and reports whether all nodes serve and one of them is active.
func (c *VaultCluster) Serving(ctx context.Context) bool {
	active := 0
	for _, n := range c.Nodes {
		switch c.At(n).Health(ctx) {
		case http.StatusOK:
			active++
		case http.StatusTooManyRequests:
		case SealedHealth:
			_ = c.Unseal(ctx, n) // again and again, until it serves
			return false
		default:
			return false
		}
	}
	return active == 1
}

// sound says what the cluster itself finds wrong: a node that is behind, or does not vote.
func (c *VaultCluster) sound(ctx context.Context) error {
	text, err := c.At(c.Nodes[0]).Request(ctx, http.MethodGet, "sys/storage/raft/autopilot/state", nil)
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
