package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWithLog(t *testing.T) {
	log := filepath.Join(t.TempDir(), "server.log")
	cause := errors.New("start server")
	for text, want := range map[string]string{
		"":         "start server (its log " + log + " is empty)",
		"\n":       "start server (its log " + log + " is empty)",
		"one\ntwo": "start server; the last lines of " + log + ":\none\ntwo",
	} {
		if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := withLog(cause, log); got.Error() != want || !errors.Is(got, cause) {
			t.Errorf("log %q: got %q, want %q", text, got, want)
		}
	}
	if got := lastLines([]byte("1\n2\n3\n"), 2); got.Error() != "2\n3" {
		t.Errorf("last lines: %q", got)
	}
}
