package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestShellQuote(t *testing.T) {
	for _, s := range []string{"", "plain", "/a dir/with space", "it's", `"$HOME" \ $(id) ` + "`id`", "two\nlines",
		"'", "''"} {
		out, err := exec.Command("sh", "-c", "printf %s. "+shellQuote(s)).Output()
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if got := string(out); got != s+"." {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

func TestPrintEnv(t *testing.T) {
	dir := stateDir(t.TempDir() + "/it's")
	lock := runningStack(t, dir, stackState{VaultAddress: "https://127.0.0.1:1", RootToken: "hvs.x", Configured: true})

	var out strings.Builder
	if err := printEnv(&out, "/repo", dir); err != nil {
		t.Fatal(err)
	}
	script := out.String() +
		`printf '%s|%s|%s|%s' "$VAULT_ADDR" "$VAULTSEAL_STACK_DIR" "$VAULTSEAL_TRANSIT_KEY" "$PATH"`
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Env = []string{"PATH=/bin"}
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{"https://127.0.0.1:1", string(dir), "transit/derived-key",
		"/repo/bin:" + dir.path("bin") + ":/bin"}, "|")
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}

	if strings.Contains(out.String(), "VAULTSEAL_STACK_VAULT_NODES") {
		t.Error("a Vault that is no cluster has nodes")
	}
	lock.unlock()
	if err := printEnv(&out, "/repo", dir); err == nil || !strings.Contains(err.Error(), "stack up") {
		t.Errorf("a stack that is gone: got %v, want an error that names 'stack up'", err)
	}
}

func TestEnvironmentOfACluster(t *testing.T) {
	dir := stateDir(t.TempDir() + "/state")
	runningStack(t, dir, stackState{VaultAddress: "https://127.0.0.1:1", Configured: true, Raft: true})
	variables, err := environment(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []variable{
		{"VAULTSEAL_STACK_VAULT_NODES", dir.path("vault-nodes.json")},
		{"VAULTSEAL_STACK_VAULT_AUDIT", dir.path("vault-1", "audit.log")},
	} {
		if !slices.Contains(variables, want) {
			t.Errorf("no %v in %v", want, variables)
		}
	}
}

// runningStack makes dir look like a running stack's until the lock is dropped.
func runningStack(t *testing.T, dir stateDir, state stackState) *fileLock {
	t.Helper()
	if err := dir.create(); err != nil {
		t.Fatal(err)
	}
	if err := writeJSON(dir.path(stateFile), state); err != nil {
		t.Fatal(err)
	}
	lock, err := tryLock(dir.path(runningLock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lock.unlock)
	return lock
}
