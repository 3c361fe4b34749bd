package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// runBuild runs a command of a build that knows itself, in a process without a kubeconfig. The environment holds
// VAULT_ADDR, or nothing where that is empty.
func runBuild(t *testing.T, vaultAddr string, args ...string) ran {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
	var out, errOut bytes.Buffer
	code := Main(t.Context(), Process{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Args:      args,
		Build:     Build{Version: "v1.2.3", Commit: "0123abc", Date: "2026-01-02T03:04:05Z"},
		LookupEnv: func(name string) (string, bool) { return vaultAddr, name == "VAULT_ADDR" },
	})
	return ran{code, out.String(), errOut.String()}
}

func clientLines() string {
	return "Client Version: v1.2.3\nCommit: 0123abc\nDate: 2026-01-02T03:04:05Z\nGo: " + runtime.Version() +
		"\nPlatform: " + platform() + "\n"
}

// TestVersionWithoutConfiguration: who has neither a cluster nor a Vault has the plugin.
func TestVersionWithoutConfiguration(t *testing.T) {
	got := runBuild(t, "", "version")
	const notes = "note: the version of Kubernetes is not known: there is no kubeconfig, or it is empty\n" +
		"note: the version of Vault is not known: its address is not configured\n"
	if got != (ran{exitDone, clientLines(), notes}) {
		t.Errorf("%+v", got)
	}
}

// servers answer as Kubernetes and Vault do, and keep what they were asked with.
type servers struct {
	kubernetes, vault *httptest.Server
	seen              chan http.Header
}

func answering(t *testing.T, kubernetes, health string) servers {
	s := servers{seen: make(chan http.Header, 10)}
	serve := func(answers map[string]string) *httptest.Server {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer, found := answers[r.URL.Path]
			if !found {
				w.WriteHeader(http.StatusNotFound)
			}
			s.seen <- r.Header
			_, _ = fmt.Fprint(w, answer)
		}))
		t.Cleanup(server.Close)
		return server
	}
	s.kubernetes = serve(map[string]string{"/version": `{"gitVersion":"` + kubernetes + `"}`})
	s.vault = serve(map[string]string{"/v1/sys/health": health})
	return s
}

const healthy = `{"initialized":true,"performance_standby":false,"replication_dr_mode":"disabled","version":"1.21.4",` +
	`"enterprise":false}`

func TestServerVersions(t *testing.T) {
	s := answering(t, "v1.37.2", healthy)
	got := runBuild(t, s.vault.URL, "version", "-s", s.kubernetes.URL, "--request-timeout", "1m")
	if want := clientLines() + "Kubernetes: v1.37.2\nVault: 1.21.4\n"; got != (ran{exitDone, want, ""}) {
		t.Errorf("%+v", got)
	}
	close(s.seen)
	for header := range s.seen {
		if agent := header.Get("User-Agent"); agent != "kubectl-vaultseal/v1.2.3 ("+platform()+")" {
			t.Errorf("a server saw the user agent %q", agent)
		}
		if header.Get("X-Vault-Token") != "" || header.Get("Authorization") != "" {
			t.Errorf("a server was sent a credential")
		}
	}
}

func TestClientAsksNobody(t *testing.T) {
	s := answering(t, "v1.37.2", healthy)
	got := runBuild(t, s.vault.URL, "version", "--client", "-s", s.kubernetes.URL)
	if got != (ran{exitDone, clientLines(), ""}) || len(s.seen) > 0 {
		t.Errorf("%d requests, %+v", len(s.seen), got)
	}
}

// TestHiddenVersion: Vault's redact_version leaves it out.
func TestHiddenVersion(t *testing.T) {
	s := answering(t, "v1.37.2", `{"initialized":true,"version":""}`)
	got := runBuild(t, s.vault.URL, "version", "-s", s.kubernetes.URL, "--request-timeout", "1m")
	if want := clientLines() +
		"Kubernetes: v1.37.2\n"; got != (ran{exitDone, want,
		"note: the version of Vault is not known: it does not say\n"}) {
		t.Errorf("%+v", got)
	}
}

// TestUntestedVersions: older and newer ones.
func TestUntestedVersions(t *testing.T) {
	for kubernetes, vault := range map[string]string{"v1.21.14": "1.16.3", "v9.1.0": "2.6.2"} {
		s := answering(t, kubernetes, strings.ReplaceAll(healthy, "1.21.4", vault))
		got := runBuild(t, s.vault.URL, "version", "-s", s.kubernetes.URL, "--request-timeout", "1m")
		want := "note: Kubernetes " + kubernetes + " is not among the versions that were tested (" +
			compatibility.Kubernetes().String() + "): see " + compatibility.Page + "\n" +
			"note: Vault " + vault + " is not among the versions that were tested (" + compatibility.Vault().String() +
			"): see " + compatibility.Page + "\n"
		if got != (ran{exitDone, clientLines() + "Kubernetes: " + kubernetes + "\nVault: " + vault + "\n", want}) {
			t.Errorf("%+v", got)
		}
		if report := runBuild(t, s.vault.URL, "version", "-o", "json", "-s", s.kubernetes.URL, "--request-timeout",
			"1m"); strings.Count(report.out, `"tested": false`) != 2 {
			t.Errorf("%+v", report)
		}
	}
}

// TestProducts: another product is named, and its version is compared with its own list.
func TestProducts(t *testing.T) {
	const (
		bao    = `{"initialized":true,"replication_dr_mode":"disabled","version":"VERSION"}`
		either = `{"initialized":true,"performance_standby":false,"replication_dr_mode":"disabled","version":"VERSION"}`
	)
	for name, c := range map[string]struct{ health, version, line, note, view string }{
		"OpenBao": {bao, "2.6.2", "OpenBao: 2.6.2", "", `{"product":"OpenBao","tested":true,"version":"2.6.2"}`},
		"another OpenBao": {bao, "1.21.4", "OpenBao: 1.21.4",
			"OpenBao 1.21.4 is not among the versions that were tested (2.6)",
			`{"product":"OpenBao","tested":false,"version":"1.21.4"}`},
		"not known": {either, "1.21.4", "Vault or OpenBao: 1.21.4",
			"Vault or OpenBao 1.21.4 is not among the versions that were tested (Vault 1.21, OpenBao 2.6)",
			`{"tested":false,"version":"1.21.4"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := answering(t, "v1.37.2", strings.ReplaceAll(c.health, "VERSION", c.version))
			got := runBuild(t, s.vault.URL, "version", "-s", s.kubernetes.URL, "--request-timeout", "1m")
			if c.note != "" {
				c.note = "note: " + c.note + ": see " + compatibility.Page + "\n"
			}
			if want := clientLines() + "Kubernetes: v1.37.2\n" + c.line + "\n"; got != (ran{exitDone, want, c.note}) {
				t.Errorf("%+v", got)
			}
			report := runBuild(t, s.vault.URL, "version", "-o", "json", "-s", s.kubernetes.URL, "--request-timeout",
				"1m")
			var view struct{ Vault map[string]any }
			if err := json.Unmarshal([]byte(report.out), &view); err != nil {
				t.Fatal(err)
			}
			if got := string(must(json.Marshal(view.Vault))); got != c.view {
				t.Errorf("%s, want %s", got, c.view)
			}
		})
	}
}

func TestVersionReport(t *testing.T) {
	s := answering(t, "v1.37.2", healthy)
	got := runBuild(t, s.vault.URL, "version", "-o", "json", "-s", s.kubernetes.URL, "--request-timeout", "1m")
	var report map[string]any
	if err := json.Unmarshal([]byte(got.out), &report); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"apiVersion": "vaultseal.dev/v1alpha1", "kind": "Version",
		"client": map[string]any{
			"version": "v1.2.3", "commit": "0123abc", "date": "2026-01-02T03:04:05Z", "goVersion": runtime.Version(),
			"platform": platform(),
		},
		"kubernetes": map[string]any{"version": "v1.37.2", "tested": true},
		"vault":      map[string]any{"product": "Vault", "version": "1.21.4", "tested": true},
	}
	if text, _ := json.Marshal(report); string(text) != string(must(json.Marshal(want))) {
		t.Errorf("stdout:\n%s", got.out)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestChangedSourcesAreSaid(t *testing.T) {
	var out bytes.Buffer
	if err := (&versionView{Client: clientVersion{Commit: "abc", Modified: true}}).print(&out); err != nil ||
		out.String() != "Commit: abc, and changes to it\n" {
		t.Errorf("%v, %q", err, out.String())
	}
}

// TestServersAreAskedAtOnce: each answers only once the other has been asked.
func TestServersAreAskedAtOnce(t *testing.T) {
	kubernetesAsked, vaultAsked := make(chan struct{}), make(chan struct{})
	serve := func(path, answer string, asked, other chan struct{}) *httptest.Server {
		once := sync.OnceFunc(func() { close(asked) })
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != path {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			once()
			select {
			case <-other:
				_, _ = fmt.Fprint(w, answer)
			case <-r.Context().Done():
			}
		}))
		t.Cleanup(server.Close)
		return server
	}
	kubernetes := serve("/version", `{"gitVersion":"v1.37.2"}`, kubernetesAsked, vaultAsked)
	vault := serve("/v1/sys/health", healthy, vaultAsked, kubernetesAsked)
	got := runBuild(t, vault.URL, "version", "-s", kubernetes.URL, "--request-timeout", "1m")
	if want := clientLines() + "Kubernetes: v1.37.2\nVault: 1.21.4\n"; got != (ran{exitDone, want, ""}) {
		t.Errorf("%+v", got)
	}
}

// TestSilentServers: neither is waited for longer than said.
func TestSilentServers(t *testing.T) {
	ended := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
	t.Cleanup(func() { close(ended); silent.Close() })
	got := runBuild(t, silent.URL, "version", "-s", silent.URL, "--request-timeout", "1s")
	if !strings.Contains(got.err, "no answer within 1s") {
		t.Errorf("stderr %q", got.err)
	}
	if got.code != exitFailed || got.out != clientLines() || strings.Count(got.err, "\nhint: ") != 2 {
		t.Errorf("%+v", got)
	}
}

func TestFailureOfBothServers(t *testing.T) {
	broken, denied := errors.New("broken"), transit.ErrDenied
	for name, c := range map[string]struct {
		kubernetes, vault error
		want              int
	}{
		"Kubernetes denies":           {denied, nil, exitDenied},
		"both deny":                   {denied, transit.ErrUnauthenticated, exitDenied},
		"one denies, one is broken":   {denied, broken, exitFailed},
		"one is broken, one is usage": {broken, usagef("x"), exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			err := serverVersions{serverVersion{err: c.kubernetes},
				serverVersion{err: c.vault}}.failure(context.Background())
			if got := exitCode(context.Background(), err); got != c.want {
				t.Errorf("exit code %d, want %d", got, c.want)
			}
		})
	}
	if err := (serverVersions{}).failure(context.Background()); err != nil {
		t.Error(err)
	}
}
