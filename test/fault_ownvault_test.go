package test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// ownVault is a Vault of a test's own on a directory: it can be killed and
// started again at the same address with what it had.
type ownVault struct {
	stack // with this Vault in place of the stack's

	args    []string
	ready   string // file
	unseal  string // key
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended
}

// newOwnVault starts one and configures it as the stack's is, with the jwt method.
func newOwnVault(t *testing.T) *ownVault {
	t.Helper()
	return newOwnVaultOn(t, "127.0.0.1")
}

// newOwnVaultOn starts one that listens on an address of this machine.
func newOwnVaultOn(t *testing.T, address string) *ownVault {
	t.Helper()
	dir := t.TempDir()
	_, port, err := net.SplitHostPort(freePort(t))
	check(t, err)
	v := &ownVault{stack: theStack, ready: filepath.Join(dir, "ready.json")}
	v.vaultAudit = filepath.Join(dir, "audit.log")
	v.args = []string{
		"-tls-cert", filepath.Join(v.dir, "vault.crt"), "-tls-key", filepath.Join(v.dir, "vault.key"),
		"-storage", filepath.Join(dir, "data"), "-audit-log", v.vaultAudit, "-ready-file", v.ready, "-log-level",
		"error",
		"-listen", net.JoinHostPort(address, port),
	}
	v.start(t)
	v.write(t, "sys/mounts/transit", map[string]any{"type": "transit"})
	v.write(t, "sys/auth/jwt", map[string]any{"type": "jwt"})
	v.write(t, "auth/jwt/config", theStack.read(t, "auth/jwt/config", "jwt_validation_pubkeys"))
	v.write(t, "sys/policies/acl/vaultseal-rotator", theStack.read(t, "sys/policies/acl/vaultseal-rotator", "policy"))
	return v
}

// ports are for all tests of this process.
var ports servers.Ports

// freePort returns an address without a listener, which the system does not assign.
func freePort(t *testing.T) string {
	t.Helper()
	address, err := ports.Free()
	check(t, err)
	return address
}

// read takes some of the data at a path of Vault.
func (s stack) read(t *testing.T, path string, fields ...string) map[string]any {
	t.Helper()
	text, err := s.vaultRequest(context.Background(), "GET", path, nil)
	check(t, err)
	var answer struct {
		Data map[string]any `json:"data"`
	}
	check(t, json.Unmarshal(text, &answer))
	taken := map[string]any{}
	for _, field := range fields {
		taken[field] = answer.Data[field]
	}
	return taken
}

// start returns when Vault serves, unsealed.
func (v *ownVault) start(t *testing.T) {
	t.Helper()
	_ = os.Remove(v.ready)
	v.run(t, servers.Child(filepath.Join(v.bin, "vault-server"), v.args))
}

// run starts a process that is Vault, and returns when it serves.
func (v *ownVault) run(t *testing.T, process *exec.Cmd) {
	t.Helper()
	v.process, v.ended = process, make(chan struct{})
	check(t, process.Start())
	t.Cleanup(v.kill)
	go func(ended chan struct{}) { _ = process.Wait(); close(ended) }(v.ended)
	for !v.serves(t) {
		select {
		case <-v.ended:
			t.Fatal("the test's own Vault has ended before it served")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// serves reports whether Vault has said where it serves, and learns it.
func (v *ownVault) serves(t *testing.T) bool {
	t.Helper()
	text, err := os.ReadFile(v.ready)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	check(t, err)
	var said struct {
		Address string `json:"address"`
		Root    string `json:"root_token"`
		Unseal  string `json:"unseal_key"`
	}
	check(t, json.Unmarshal(text, &said))
	v.vaultAddr, v.rootToken, v.unseal = said.Address, said.Root, said.Unseal
	return true
}

// kill ends Vault as a crash does.
func (v *ownVault) kill() {
	_ = v.process.Process.Kill()
	<-v.ended
}

func (v *ownVault) seal() error {
	_, err := v.vaultRequest(context.Background(), "PUT", "sys/seal", nil)
	return err
}

func (v *ownVault) open() error {
	_, err := v.vaultRequest(context.Background(), "PUT", "sys/unseal", mustJSON(map[string]string{"key": v.unseal}))
	return err
}
