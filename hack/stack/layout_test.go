package main

import (
	"os"
	"strings"
	"testing"
)

func TestStateDirRefusesForeignDirectory(t *testing.T) {
	dir := stateDir(t.TempDir())
	if err := os.WriteFile(dir.path("thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := dir.create(); err == nil {
		t.Error("a directory with something else in it was taken")
	}
	if err := down(t.Context(), dir); err != nil {
		t.Errorf("down: %v", err)
	}
	if _, err := os.Stat(dir.path("thesis.tex")); err != nil {
		t.Errorf("down removed what is not a stack's: %v", err)
	}
}

func TestDownRemovesWhatADeadStackLeft(t *testing.T) {
	dir := deadStack(t, "{}")
	for range 2 { // nothing to end is a success
		if err := down(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(string(dir)); !os.IsNotExist(err) {
		t.Errorf("the state is still there: %v", err)
	}
}

// What cannot be read may have named a given Vault that no one has cleaned up.
func TestDownSaysThatStateIsUnreadable(t *testing.T) {
	dir := deadStack(t, "1")
	if err := down(t.Context(), dir); err == nil || !strings.Contains(err.Error(), stateFile) {
		t.Errorf("down: %v, want an error that names %s", err, stateFile)
	}
	if _, err := os.Stat(string(dir)); !os.IsNotExist(err) {
		t.Errorf("the state is still there: %v", err)
	}
}

func deadStack(t *testing.T, state string) stateDir {
	t.Helper()
	dir := stateDir(t.TempDir() + "/state")
	if err := dir.create(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{operationLock: "1", runningLock: "1", stateFile: state} {
		if err := os.WriteFile(dir.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
