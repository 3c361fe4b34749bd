package main

import (
	"os"
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
	dir := stateDir(t.TempDir() + "/state")
	if err := dir.create(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{operationLock, runningLock, stateFile} {
		if err := os.WriteFile(dir.path(name), []byte("1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // nothing to end is a success
		if err := down(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(string(dir)); !os.IsNotExist(err) {
		t.Errorf("the state is still there: %v", err)
	}
}
