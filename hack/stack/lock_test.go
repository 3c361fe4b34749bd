package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestLockExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	wantLocked(t, path, false) // not there
	lock, err := tryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	wantLocked(t, path, true)
	if _, err := tryLock(path); !errors.Is(err, errLocked) {
		t.Errorf("a second holder: got %v, want %v", err, errLocked)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	waited := false
	if _, err := waitLock(ctx, path, func() { waited = true }); !errors.Is(err, errLocked) || !waited {
		t.Errorf("waiting in vain: got %v (told to wait: %t), want %v", err, waited, errLocked)
	}
	lock.unlock()
	wantLocked(t, path, false)
}

func TestWaitLockOutlivesRemoval(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := tryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := waitLock(t.Context(), path, func() {
		os.Remove(path)
		first.unlock()
	})
	if err != nil {
		t.Fatal(err)
	}
	defer second.unlock()
	wantLocked(t, path, true) // the file on disk, not the removed one
}

func TestInheritedLockLastsAsLongAsTheChild(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	lock, err := tryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.inheritable(); err != nil {
		t.Fatal(err)
	}
	child := exec.Command("cat") // lasts until its input ends
	input, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lock.unlock()
	wantLocked(t, path, true)
	input.Close()
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	wantLocked(t, path, false)
}

func wantLocked(t *testing.T, path string, want bool) {
	t.Helper()
	got, err := isLocked(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("locked: got %t, want %t", got, want)
	}
}
