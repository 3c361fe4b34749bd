package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const kubeLines = `{"stage":"ResponseComplete","verb":"create","userAgent":"me/1","objectRef":{"resource":"serviceaccounts","subresource":"token"}}
{"stage":"RequestReceived","verb":"get","userAgent":"me/1","objectRef":{"resource":"secrets"}}
{"stage":"ResponseComplete","verb":"create","userAgent":"Go-http-client/2.0","objectRef":{"resource":"tokenreviews"}}
{"stage":"ResponseComplete","verb":"get","userAgent":"me/1","objectRef":{"resource":"secrets"}}
`

const vaultLines = `{"type":"request","request":{"operation":"update","path":"auth/kubernetes/login","remote_port":7,"headers":{"user-agent":["me"]}}}
{"type":"response","request":{"operation":"update","path":"auth/kubernetes/login","remote_port":7,"headers":{"user-agent":["me"]}}}
{"type":"request","request":{"operation":"update","path":"transit/decrypt/k","remote_port":8,"headers":{"user-agent":["me"]}}}
{"type":"request","request":{"operation":"update","path":"transit/decrypt/k","remote_port":9}}
`

func TestRequestsOfOneClient(t *testing.T) {
	logs := logsOf(t, kubeLines, vaultLines)
	got, err := readRequests(t.Context(), logs, "me")
	kube := []string{"create serviceaccounts/token", "get secrets"}
	if err != nil || !slices.Equal(got.Kubernetes, kube) {
		t.Errorf("kubernetes: %q, %v; want %q", got.Kubernetes, err, kube)
	}
	vault := []string{"update auth/kubernetes/login", "update transit/decrypt/k"}
	if got.VaultConnections != 2 || !slices.Equal(got.Vault, vault) {
		t.Errorf("vault: %q over %d connections; want %q over 2", got.Vault, got.VaultConnections, vault)
	}
	if _, err := readRequests(t.Context(), logsOf(t, "half a li", ""), "me"); err == nil {
		t.Error("a line that is no JSON is no error")
	}
}

func TestTotalsOfOneClient(t *testing.T) {
	refused := `{"type":"response","error":"permission denied",` +
		`"request":{"path":"transit/decrypt/k","headers":{"user-agent":["me"]}}}` + "\n"
	got, err := readTotals(t.Context(), logsOf(t, kubeLines, vaultLines+refused), "me")
	if want := (requestTotals{Kubernetes: 2, Vault: 2, Logins: 1, Refused: 1}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if _, err := readTotals(t.Context(), logsOf(t, kubeLines, vaultLines), "you"); err == nil {
		t.Error("a client that has asked for nothing is no error")
	}
}

func TestVaultBound(t *testing.T) {
	for entries, want := range map[int]int{1: 2*2 + 3 + 1 + 1, 500: 9, 501: 10, 20000: 2*2 + 3 + 40 + 1} {
		if got := (requestTotals{Logins: 2, Refused: 1}).vaultBound(entries); got != want {
			t.Errorf("%d entries: at most %d requests, want %d", entries, got, want)
		}
	}
}

// logsOf are audit logs with this content that are still to be read.
func logsOf(t *testing.T, kube, vault string) auditLogs {
	t.Helper()
	file := func(name, content string) *auditLog {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return &auditLog{path: path}
	}
	return auditLogs{kube: file("kube", kube), vault: file("vault", vault)}
}

func TestAuditLogReadsOnlyWhatIsNew(t *testing.T) {
	log := &auditLog{path: filepath.Join(t.TempDir(), "audit.log")}
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(log.path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func() (string, error) {
		var got strings.Builder
		err := log.each(t.Context(), func(line []byte) error { got.Write(line); return nil })
		return got.String(), err
	}
	write("one\n")
	if got, err := read(); err != nil || got != "one" {
		t.Fatalf("first: %q, %v", got, err)
	}
	write("one\ntwo\n")
	if got, err := read(); err != nil || got != "two" {
		t.Fatalf("second: %q, %v", got, err)
	}
	write("one\ntwo\nthree\n")
	if err := log.skip(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := read(); err != nil || got != "" {
		t.Fatalf("after skip: %q, %v", got, err)
	}
	write("")
	if _, err := read(); err == nil {
		t.Error("a log that was replaced is no error")
	}
}

func TestLinesOfAnyLength(t *testing.T) {
	want := []string{"short", strings.Repeat("x", 3<<20), "", strings.Repeat("y", 1<<20), "no newline"}
	var got []string
	err := eachLine(strings.NewReader(strings.Join(want, "\n")), func(line []byte) error {
		got = append(got, string(line))
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%d lines, %v; want %d", len(got), err, len(want))
	}
}
