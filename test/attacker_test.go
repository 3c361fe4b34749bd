package test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// attackerCommands play somebody who answers in place of the API server.
//
//	attacker NAME [ADDRESS]    a program that answers as an API server over plain http, with a ConfigMap that names
//	                           the program itself as Vault, and as that Vault; its address in $NAME
//	attacked NAME              stdout: the requests that it got, with their bodies
func attackerCommands() map[string]command {
	return map[string]command{"attacker": runAttacker, "attacked": runAttacked}
}

// attacker is an API server and a Vault of its own.
type attacker struct {
	address string

	mu  sync.Mutex
	got []string // METHOD URI, header of tokens, body
}

type attackerKey string

func runAttacker(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: attacker NAME [ADDRESS]")
	}
	address := "127.0.0.1:0"
	if len(args) == 2 {
		address = args[1]
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	for len(args) == 2 && err != nil { // a test elsewhere on this machine may have it for now
		time.Sleep(20 * time.Millisecond)
		listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	}
	ts.Check(err)
	a := &attacker{address: "http://" + listener.Addr().String()}
	server := &http.Server{Handler: a, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	ts.Defer(func() { _ = server.Close() })
	attackers.Store(attackerKey(ts.Getenv("NS")+args[0]), a)
	ts.Setenv(args[0], a.address)
}

// attackers are those of all scripts, which run side by side.
var attackers sync.Map

func runAttacked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: attacked NAME")
	}
	found, known := attackers.Load(attackerKey(ts.Getenv("NS") + args[0]))
	if !known {
		ts.Fatalf("no attacker %s", args[0])
	}
	a := found.(*attacker)
	a.mu.Lock()
	got := slices.Clone(a.got)
	a.mu.Unlock()
	for _, one := range got {
		fmt.Fprintln(ts.Stdout(), one)
	}
}

func (a *attacker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.got = append(a.got, fmt.Sprintf("%s %s %q %q", r.Method, r.RequestURI, r.Header.Get("X-Vault-Token"), body))
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	code, answer := a.answer(r.Method, r.URL.Path)
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer)
}

// answer is enough for create to come as far as sending its plaintext.
func (a *attacker) answer(method, path string) (int, map[string]any) {
	object := func(kind string, rest map[string]any) map[string]any {
		rest["apiVersion"], rest["kind"] = "v1", kind
		return rest
	}
	switch {
	case strings.HasSuffix(path, "/configmaps/vaultseal"):
		return http.StatusOK, object("ConfigMap", map[string]any{"data": map[string]string{"vault-addr": a.address, "transit-key": "transit/app"}})
	case strings.HasSuffix(path, "/token"):
		return http.StatusCreated, map[string]any{
			"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
			"status": map[string]any{"token": "a.b.c", "expirationTimestamp": "2100-01-01T00:00:00Z"},
		}
	case strings.HasSuffix(path, "/login"):
		return http.StatusOK, map[string]any{"auth": map[string]any{"client_token": "theirs", "lease_duration": 60}}
	case strings.Contains(path, "/v1/transit/keys/"):
		return http.StatusOK, map[string]any{"data": map[string]any{"type": "aes256-gcm96", "derived": true, "latest_version": 1}}
	case method == http.MethodGet && strings.HasPrefix(path, "/api/"):
		return http.StatusNotFound, object("Status", map[string]any{"status": "Failure", "reason": "NotFound", "code": http.StatusNotFound})
	}
	return http.StatusOK, map[string]any{}
}
