package test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// requestHold holds up requests.
type requestHold struct {
	arrived  chan string   // gets each request that is held up
	released chan struct{} // closed: nothing is held up any more
	release  func()
}

func newRequestHold() *requestHold {
	h := &requestHold{arrived: make(chan string, 1000), released: make(chan struct{})}
	h.release = sync.OnceFunc(func() { close(h.released) })
	return h
}

// wait returns when the requests are released, or the client has gone.
func (h *requestHold) wait(r *http.Request) {
	body, _ := io.ReadAll(r.Body) // net/http notices that a client has gone only after that
	r.Body = io.NopCloser(bytes.NewReader(body))
	h.arrived <- line(r)
	select {
	case <-h.released:
	case <-r.Context().Done():
	}
}

// before holds up requests that match, but for the first few, until they are released. Those whose client has
// gone by then are not forwarded.
func (h *requestHold) before(text string, but int) rule {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		held := strings.Contains(line(r), text)
		if held && but > 0 {
			held, but = false, but-1
		}
		mu.Unlock()
		if held {
			h.wait(r)
			if r.Context().Err() != nil {
				panic(http.ErrAbortHandler) // returning would answer 200
			}
		}
		next.ServeHTTP(w, r)
	}
}

// after holds up the answers to requests that match.
func (h *requestHold) after(text string) rule {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !strings.Contains(line(r), text) {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		h.wait(r)
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}
}

// next is the next request that is held up.
func (h *requestHold) next(t *testing.T) string {
	t.Helper()
	select {
	case request := <-h.arrived:
		return request
	case <-time.After(time.Minute):
		t.Fatal("no request was held up")
		return ""
	}
}

// sealedNamespace is a namespace with forty sealed Secrets and the way to them, with a
// Vault role of its own, so that its logins can be told from those of others.
type sealedNamespace struct {
	sealedSecrets
	plugin string
	env    []string
}

func newSealedNamespace(t *testing.T) sealedNamespace {
	t.Helper()
	name := newName()
	check(t, theStack.addNamespace(name))
	t.Cleanup(func() { _, _ = theStack.kubectl("", "delete", "namespace", name, "--wait=false") })
	p := sealedNamespace{
		sealedSecrets: sealedSecrets{on: theStack, namespace: name, prefix: "s", count: 40, key: name + "-derived"},
		plugin:        filepath.Join(theStack.raced, "kubectl-vaultseal"),
	}
	body := mustJSON(map[string]any{"type": "aes256-gcm96", "derived": true})
	_, err := theStack.vaultRequest(context.Background(), "POST", "transit/keys/"+p.key, body)
	check(t, err)
	role := mustJSON(map[string]any{
		"bound_service_account_names": []string{"vaultseal"}, "bound_service_account_namespaces": []string{name},
		"audience": "vault", "token_policies": []string{"vaultseal", "vaultseal-rotator"}, "token_ttl": "5m",
	})
	_, err = theStack.vaultRequest(context.Background(), "POST", "auth/kubernetes/role/"+name, role)
	check(t, err)
	check(t, p.create(map[string]string{}))
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	check(t, theStack.kubeconfigFor(kubeconfig, name))
	p.env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "VAULT_ADDR="+theStack.vaultAddr,
		"VAULT_CACERT="+theStack.vaultCA, "VAULTSEAL_TRANSIT_KEY=transit/"+p.key,
		"VAULTSEAL_ROLE="+name, "VAULTSEAL_SERVICE_ACCOUNT="+name+"/vaultseal")
	return p
}

// behindVault is the namespace with a proxy before Vault.
func (p sealedNamespace) behindVault(t *testing.T, rule rule) sealedNamespace {
	t.Helper()
	proxy, err := p.on.vaultProxy(rule)
	check(t, err)
	t.Cleanup(proxy.stop)
	p.env = append(p.env, "VAULT_ADDR="+proxy.URL)
	return p
}

// behindKube is the namespace with a proxy before the API server.
func (p sealedNamespace) behindKube(t *testing.T, rule rule) sealedNamespace {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "proxied")
	proxy, err := p.on.kubeProxy(rule, kubeconfig, p.namespace)
	check(t, err)
	t.Cleanup(proxy.stop)
	p.env = append(p.env, "KUBECONFIG="+kubeconfig)
	return p
}

// process is a running kubectl-vaultseal.
type process struct {
	*exec.Cmd

	stdout, stderr said
}

// said is what a process has written so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(text)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *said) Bytes() []byte { return []byte(s.String()) }

// await returns when the process has said so.
func (s *said) await(t *testing.T, text string) {
	t.Helper()
	for range 6000 {
		if strings.Contains(s.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("not said: %q, only: %s", text, s)
}

// commandEnd is when a command is taken to be stuck, on however slow a machine.
const commandEnd = 5 * time.Minute

func (p sealedNamespace) start(t *testing.T, args ...string) *process {
	t.Helper()
	running := p.command(t, args...)
	check(t, running.Start())
	return running
}

func (p sealedNamespace) command(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandEnd)
	t.Cleanup(cancel)
	running := &process{Cmd: exec.CommandContext(ctx, p.plugin, args...)}
	running.Env, running.Stdout, running.Stderr = p.env, &running.stdout, &running.stderr
	return running
}

// end waits for the process and gives its exit code, or minus the signal that killed it.
func (r *process) end(t *testing.T) int {
	t.Helper()
	err := r.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status := r.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
