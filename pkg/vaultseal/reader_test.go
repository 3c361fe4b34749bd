package vaultseal_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// TestReaderRefusesNames: what cannot be a Secret's name is not asked for.
func TestReaderRefusesNames(t *testing.T) {
	options, stop := exampleServers()
	defer stop()
	reader, err := vaultseal.NewReader(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "/", "team-a/", "/app", "a/b/c", "App", "..", "te.am/app"} {
		_, opening := reader.Open(t.Context(), name)
		_, entry := reader.OpenEntry(t.Context(), name, "license")
		for _, err := range []error{opening, entry, reader.Unmarshal(t.Context(), name, &struct{}{})} {
			if err == nil || !strings.Contains(err.Error(), "want the [NAMESPACE/]NAME") ||
				errors.Is(err, kube.ErrUnreachable) {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

// TestReaderErrorsOfKubernetes: a missing account is no missing Secret, and an API server that cannot serve says so.
func TestReaderErrorsOfKubernetes(t *testing.T) {
	kinds := []error{kube.ErrNotFound, kube.ErrAccountNotFound, kube.ErrUnavailable, kube.ErrUnreachable,
		transit.ErrDenied}
	for _, c := range []struct {
		path string // whose answer is the status
		code int
		kind error
	}{
		{"/secrets/app", http.StatusNotFound, kube.ErrNotFound},
		{"/token", http.StatusNotFound, kube.ErrAccountNotFound},
		{"/secrets/app", http.StatusForbidden, transit.ErrDenied},
		{"/token", http.StatusForbidden, transit.ErrDenied},
		{"/secrets/app", http.StatusInternalServerError, kube.ErrUnavailable},
		{"/secrets/app", http.StatusGatewayTimeout, kube.ErrUnavailable},
	} {
		options, stop := exampleServers()
		defer stop()
		failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, c.path) {
				answer(w, c.code, map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure",
					"reason": http.StatusText(c.code), "code": c.code})
				return
			}
			if strings.HasSuffix(r.URL.Path, "/token") {
				answer(w, http.StatusCreated,
					map[string]any{"status": map[string]any{"token": exampleJWT,
						"expirationTimestamp": "2100-01-01T00:00:00Z"}})
				return
			}
			answer(w, http.StatusOK, map[string]any{"apiVersion": "v1", "kind": "Secret",
				"data": map[string][]byte{"a": []byte("vault:v1:" + strings.Repeat("A", 56))},
				"metadata": map[string]any{
					"name": "app", "namespace": "default",
					"annotations": map[string]string{"vaultseal.dev/transit-key": "transit/app",
						"vaultseal.dev/scope": "strict"},
				}})
		}))
		defer failing.Close()
		reader, err := vaultseal.NewReader(t.Context(),
			append(options, vaultseal.WithKubernetes(&rest.Config{Host: failing.URL}))...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = reader.Open(t.Context(), "app")
		for _, kind := range kinds {
			if errors.Is(err, kind) != (kind == c.kind) {
				t.Errorf("%s %d: %v: is %q: %v", c.path, c.code, err, kind, errors.Is(err, kind))
			}
		}
	}
}

// TestReaderRevokesWhenItsContextHasEnded: the token of work that was given up does not live on, nor the connection.
func TestReaderRevokesWhenItsContextHasEnded(t *testing.T) {
	revoked, disconnected := 0, make(chan struct{}, 9)
	options, stop := exampleServers()
	defer stop()
	vault := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/login"):
			answer(w, http.StatusOK,
				map[string]any{"auth": map[string]any{"client_token": "example", "lease_duration": 60}})
		case strings.HasSuffix(r.URL.Path, "/revoke-self"):
			revoked++
			w.WriteHeader(http.StatusNoContent)
		default:
			answer(w, http.StatusForbidden, map[string]any{"errors": []string{"permission denied"}})
		}
	}))
	vault.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			disconnected <- struct{}{}
		}
	}
	vault.Start()
	defer vault.Close()
	reader, err := vaultseal.NewReader(t.Context(), append(options, vaultseal.WithVaultAddress(vault.URL))...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := reader.Open(ctx, "app"); !errors.Is(err, transit.ErrDenied) {
		t.Errorf("open: %v", err)
	}
	cancel()
	if err := reader.Close(ctx); err != nil || revoked != 1 {
		t.Errorf("close: %v; %d tokens revoked", err, revoked)
	}
	select {
	case <-disconnected:
	case <-time.After(time.Minute):
		t.Error("the connection was left open")
	}
	if _, err := reader.Open(t.Context(), "app"); !errors.Is(err, transit.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}

// TestNoKubernetes: a nil configuration is the default.
func TestNoKubernetes(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
	_, err := vaultseal.NewReader(t.Context(), vaultseal.WithKubernetes(nil), vaultseal.WithNamespace("default"))
	var missing *vaultseal.NoServerError
	if !errors.As(err, &missing) {
		t.Errorf("%v, want a *NoServerError", err)
	}
}

// TestUnknownLeastScope: a misspelled scope would accept every Secret.
func TestUnknownLeastScope(t *testing.T) {
	options, stop := exampleServers()
	defer stop()
	_, err := vaultseal.NewReader(t.Context(), append(options, vaultseal.WithLeastScope("Strict"))...)
	if err == nil || !strings.Contains(err.Error(), "WithLeastScope") {
		t.Errorf("%v, want an error that names the option", err)
	}
}
