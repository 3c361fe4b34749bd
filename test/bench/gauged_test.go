package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestGaugeTellsWhatAProgramTook(t *testing.T) {
	gauge := filepath.Join(t.TempDir(), "gauge")
	if err := build(t.Context(), gauge, "./gauge"); err != nil {
		t.Fatal(err)
	}
	needs := command{Name: "needs", argv: []string{"go", "version"}, check: contains("go version")}
	got, err := needs.runGauged(t.Context(), gauge, nil)
	if err != nil || got.wall <= 0 || got.cpu <= 0 || got.peak < mebibyte || got.peak > 100*mebibyte {
		t.Errorf("%+v, %v; want a time and some megabytes", got, err)
	}
	fails := command{Name: "fails", argv: []string{"go", "no-such-command"}, check: anything}
	if _, err := fails.runGauged(t.Context(), gauge, nil); err == nil ||
		!strings.Contains(err.Error(), "no-such-command") {
		t.Errorf("a program that fails: %v", err)
	}
	missing := command{Name: "missing", argv: []string{"/no/such/program"}, check: anything}
	if _, err := missing.runGauged(t.Context(), gauge, nil); err == nil {
		t.Error("a program that is not there is no error")
	}
}
