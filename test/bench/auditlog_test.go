package main

import (
	"os"
	"path/filepath"
	"slices"
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
	kube, err := kubeRequests([]byte(kubeLines), "me")
	if want := []string{"create serviceaccounts/token", "get secrets"}; err != nil || !slices.Equal(kube, want) {
		t.Errorf("kubernetes: %q, %v; want %q", kube, err, want)
	}
	vault, connections, err := vaultRequests([]byte(vaultLines), "me")
	want := []string{"update auth/kubernetes/login", "update transit/decrypt/k"}
	if err != nil || connections != 2 || !slices.Equal(vault, want) {
		t.Errorf("vault: %q over %d connections, %v; want %q over 2", vault, connections, err, want)
	}
	if _, err := kubeRequests([]byte("half a li"), "me"); err == nil {
		t.Error("a line that is no JSON is no error")
	}
}

func TestAuditLogReadsOnlyWhatIsNew(t *testing.T) {
	log := &auditLog{path: filepath.Join(t.TempDir(), "audit.log")}
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(log.path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one\n")
	if got, err := log.settled(t.Context()); err != nil || string(got) != "one\n" {
		t.Fatalf("first: %q, %v", got, err)
	}
	write("one\ntwo\n")
	if got, err := log.settled(t.Context()); err != nil || string(got) != "two\n" {
		t.Fatalf("second: %q, %v", got, err)
	}
	write("")
	if _, err := log.settled(t.Context()); err == nil {
		t.Error("a log that was replaced is no error")
	}
}
