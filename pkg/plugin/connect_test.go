package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// apiServer answers every request with one status, and notes the paths.
type apiServer struct {
	*httptest.Server
	status  int
	denied  string // the end of paths that are answered with 403
	message string
	paths   chan string
}

func newAPIServer(t *testing.T, status int) *apiServer {
	t.Helper()
	server := &apiServer{status: status, message: "the server says so", paths: make(chan string, 100)}
	server.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.paths <- r.Method + " " + r.URL.Path
		w.Header().Set("Content-Type", "application/json")
		status := server.status
		if server.denied != "" && strings.HasSuffix(r.URL.Path, server.denied) {
			status = http.StatusForbidden
		}
		w.WriteHeader(status)
		message, _ := json.Marshal(server.message)
		reason := strings.ReplaceAll(http.StatusText(status), " ", "")
		_, _ = fmt.Fprintf(w,
			`{"kind":"Status","apiVersion":"v1","status":"Failure","message":%s,"reason":%q,"code":%d}`, message,
			reason, status)
	}))
	t.Cleanup(server.Close)
	return server
}

func (s *apiServer) asked() []string {
	var paths []string
	for {
		select {
		case path := <-s.paths:
			paths = append(paths, path)
		default:
			return paths
		}
	}
}

// runAt runs one command against an API server, with an environment.
func runAt(t *testing.T, url string, env map[string]string, args ...string) ran {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c",
		"clusters":[{"name":"c","cluster":{"server":%q}}],"users":[{"name":"u","user":{}}],
		"contexts":[{"name":"c","context":{"cluster":"c","user":"u","namespace":"team-a"}}]}`, url)
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", kubeconfig)
	var out, errOut bytes.Buffer
	code := Main(t.Context(), Process{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Args:      args,
		LookupEnv: func(name string) (string, bool) { text, found := env[name]; return text, found },
	})
	return ran{code, out.String(), errOut.String()}
}

func TestMissingConfigurationIsUsage(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusForbidden} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			got := runAt(t, newAPIServer(t, status).URL, nil, "create", "-f", writeFile(t, "a.json", "{}"))
			//nolint:lll // the message is one line
			want := `error: missing configuration: Vault address, transit key
hint: specify the Vault address with --vault-addr, VAULT_ADDR or the key vault-addr of the ConfigMap vaultseal
hint: specify the transit key with --transit-key, VAULTSEAL_TRANSIT_KEY or the key transit-key of the ConfigMap vaultseal
`
			if got.code != exitUsage || got.err != want {
				t.Errorf("exit code %d, stderr:\n%s\nwant %d:\n%s", got.code, got.err, exitUsage, want)
			}
		})
	}
}

func TestConfigMapThatCannotBeRead(t *testing.T) {
	for status, want := range map[int]int{http.StatusUnauthorized: exitDenied,
		http.StatusInternalServerError: exitFailed} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			got := runAt(t, newAPIServer(t, status).URL, nil, "view", "a")
			if got.code != want || !strings.Contains(got.err, "vaultseal-system/vaultseal") {
				t.Errorf("exit code %d, stderr %q; want %d and the ConfigMap named", got.code, got.err, want)
			}
		})
	}
}

func TestConfigNamespace(t *testing.T) {
	server := newAPIServer(t, http.StatusNotFound)
	runAt(t, server.URL, nil, "view", "a", "--config-namespace", "elsewhere")
	if got, want := fmt.Sprint(server.asked()), "[GET /api/v1/namespaces/elsewhere/configmaps/vaultseal]"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
}

func TestUnreachableAPIServer(t *testing.T) {
	got := runAt(t, "https://127.0.0.1:1", nil, "view", "a") // no program gets that port
	if got.code != exitFailed || !strings.Contains(got.err, "hint: check its address, from") {
		t.Errorf("exit code %d, stderr %q", got.code, got.err)
	}
}

func TestRefusedEnvironmentIsUsage(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"VAULT_SKIP_VERIFY": {"VAULT_ADDR": "https://127.0.0.1:1", "VAULT_SKIP_VERIFY": "true"},
	} {
		t.Run(name, func(t *testing.T) {
			got := runAt(t, newAPIServer(t, http.StatusNotFound).URL, env, "view", "a")
			if got.code != exitUsage || !strings.Contains(got.err, "hint: unset VAULT_SKIP_VERIFY, and specify Vault's CA") {
				t.Errorf("exit code %d, stderr %q", got.code, got.err)
			}
		})
	}
}

// TestBadSettingIsBlamed: what the configuration cannot mean is blamed on its source.
func TestBadSettingIsBlamed(t *testing.T) {
	got := runAt(t, newAPIServer(t, http.StatusNotFound).URL, map[string]string{"VAULT_ADDR": "https://127.0.0.1:1"},
		"view", "a", "--transit-key", "transit/../sys")
	if got.code == exitDone || !strings.Contains(got.err, "error: flag --transit-key: ") {
		t.Errorf("exit code %d, stderr %q", got.code, got.err)
	}
}

// TestBadFlagValueIsUsage: a value that a flag cannot mean is a usage error like any other.
func TestBadFlagValueIsUsage(t *testing.T) {
	env := map[string]string{"VAULT_ADDR": "https://127.0.0.1:1"}
	for _, args := range [][]string{{"--transit-key", "transit/../sys"}, {"--vault-auth-method", "ldap"},
		{"--service-account", "a/b/c"}} {
		t.Run(args[0], func(t *testing.T) {
			got := runAt(t, newAPIServer(t, http.StatusNotFound).URL, env, append([]string{"view", "a"}, args...)...)
			if got.code != exitUsage {
				t.Errorf("exit code %d, want %d: %s", got.code, exitUsage, got.err)
			}
		})
	}
}

// TestServiceAccountWithoutToken: the hint names the account and what to run.
func TestServiceAccountWithoutToken(t *testing.T) {
	env := map[string]string{"VAULT_ADDR": "https://127.0.0.1:1", "VAULTSEAL_TRANSIT_KEY": "app"}
	for name, c := range map[string]struct {
		denied string
		code   int
		hint   string
	}{
		"forbidden": {"/token", exitDenied, "kubectl auth can-i create serviceaccounts/vaultseal --subresource=token " +
			"-n team-a"},
		"absent": {"", exitFailed, "kubectl create serviceaccount vaultseal -n team-a, or name another with " +
			"--service-account"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newAPIServer(t, http.StatusNotFound)
			server.denied = c.denied
			got := runAt(t, server.URL, env, "create", "-f", writeFile(t, "a.json", "{}"))
			if got.code != c.code || !strings.Contains(got.err, c.hint) {
				t.Errorf("exit code %d, stderr %q; want %d and %q", got.code, got.err, c.code, c.hint)
			}
		})
	}
}

func TestForbiddenSecret(t *testing.T) {
	server := newAPIServer(t, http.StatusNotFound)
	server.denied = "/secrets/a"
	got := runAt(t, server.URL, map[string]string{"VAULT_ADDR": "https://127.0.0.1:1"}, "view", "a")
	if got.code != exitDenied || !strings.Contains(got.err, "team-a/a") {
		t.Errorf("exit code %d, stderr %q; want %d", got.code, got.err, exitDenied)
	}
}

func TestInsecureFlagWarns(t *testing.T) {
	env := map[string]string{"VAULT_ADDR": "https://127.0.0.1:1"}
	got := runAt(t, newAPIServer(t, http.StatusNotFound).URL, env, "view", "a", "--vault-insecure-skip-tls-verify")
	if !strings.HasPrefix(got.err, "warning: Vault's certificate is not verified") ||
		!strings.Contains(got.err, "https://127.0.0.1:1") {
		t.Errorf("stderr %q", got.err)
	}
}

func TestPlainHTTPIsRefused(t *testing.T) {
	env := map[string]string{"VAULT_ADDR": "http://vault.example.com:8200"}
	got := runAt(t, newAPIServer(t, http.StatusNotFound).URL, env, "view", "a")
	if got.code == exitDone || !strings.Contains(got.err, "hint: use https://") {
		t.Errorf("exit code %d, stderr %q", got.code, got.err)
	}
}

func TestSecretThatDoesNotExist(t *testing.T) {
	env := map[string]string{"VAULT_ADDR": "http://127.0.0.1:1"}
	got := runAt(t, newAPIServer(t, http.StatusNotFound).URL, env, "view", "a")
	if got.code != exitFailed || !strings.Contains(got.err, "error: get secret team-a/a: ") {
		t.Errorf("exit code %d, stderr %q", got.code, got.err)
	}
}
