package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// readerNamespace is a namespace with sealed Secrets and the account of their readers.
type readerNamespace struct {
	sealedSecrets

	kubeconfig string
}

func newReaderNamespace(t *testing.T, on stack, count int) readerNamespace {
	t.Helper()
	name := newName()
	check(t, on.addNamespace(name))
	t.Cleanup(func() { on.dropNamespace(name) })
	core, err := on.core()
	check(t, err)
	_, err = core.ServiceAccounts(name).Create(t.Context(),
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "vaultseal-reader"}}, metav1.CreateOptions{})
	check(t, err)
	e := readerNamespace{sealedSecrets{on: on, namespace: name, prefix: "s", count: count, key: name + "-derived"},
		filepath.Join(t.TempDir(), "kubeconfig")}
	check(t, on.kubeconfigFor(e.kubeconfig, name))
	_, err = on.vaultRequest(t.Context(), "POST", "transit/keys/"+e.key, mustJSON(map[string]any{"derived": true}))
	check(t, err)
	check(t, e.create(map[string]string{}))
	return e
}

func (e readerNamespace) reader(t *testing.T, options ...vaultseal.Option) *vaultseal.Reader {
	t.Helper()
	reader, err := vaultseal.NewReader(t.Context(), append([]vaultseal.Option{
		vaultseal.WithKubeconfig(e.kubeconfig, ""), vaultseal.WithVaultAddress(e.on.vaultAddr),
		vaultseal.WithVaultCA(e.on.vaultCA),
	}, options...)...)
	check(t, err)
	t.Cleanup(func() { _ = reader.Close(context.Background()) })
	return reader
}

// since are the calls that the namespace's accounts have made of Vault since a moment of its audit log.
func (e readerNamespace) since(t *testing.T, offset int64) []string {
	t.Helper()
	events, err := eventsSince[vaultEvent](e.on.vaultAudit, offset)
	check(t, err)
	return vaultCalls(events, e.namespace)
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	check(t, err)
	return info.Size()
}

func TestLibraryOpens(t *testing.T) {
	e := newReaderNamespace(t, theStack, 3)
	reader := e.reader(t, vaultseal.WithLeastScope(vaultseal.Strict), vaultseal.WithTransitKey("transit/"+e.key))
	entries, err := reader.Open(t.Context(), "s-1")
	if err != nil || !bytes.Equal(entries["secrets.json"], e.plaintext(0)) || len(entries) != 1 {
		t.Fatalf("%q, %v", entries, err)
	}
	entry, err := reader.OpenEntry(t.Context(), e.namespace+"/s-2", "secrets.json")
	if err != nil || !bytes.Equal(entry, e.plaintext(1)) {
		t.Errorf("%q, %v", entry, err)
	}
	var config struct{ Password string }
	if err := reader.Unmarshal(t.Context(), "s-3", &config); err != nil || config.Password != "swordfish-s-3" {
		t.Errorf("%+v, %v", config, err)
	}
	var wrong struct{ Password int }
	err = reader.Unmarshal(t.Context(), "s-3", &wrong)
	if err == nil || !strings.Contains(err.Error(), "field Password is no int") ||
		strings.Contains(err.Error(), "swordfish") {
		t.Errorf("%v", err)
	}
}

// TestLibraryRequests: those who open at once share a login, and while the token lives an Open is a get and a decrypt.
func TestLibraryRequests(t *testing.T) {
	e := newReaderNamespace(t, theStack, 100)
	reader := e.reader(t)
	vaultBefore, kubeBefore := sizeOf(t, theStack.vaultAudit), sizeOf(t, theStack.kubeAudit)
	check(t, atOnce(e.count, func(i int) error {
		entries, err := reader.Open(t.Context(), e.name(i))
		if err == nil && !bytes.Equal(entries["secrets.json"], e.plaintext(i)) {
			err = fmt.Errorf("%s opened to other bytes", e.name(i))
		}
		return err
	}))
	counts := map[string]int{}
	for _, call := range e.since(t, vaultBefore) {
		verb, path, _ := strings.Cut(call, " ")
		counts[verb+" "+path[:strings.LastIndexByte(path, '/')]]++
	}
	if counts["update auth/kubernetes"] != 1 || counts["update transit/decrypt"] != 100 || len(counts) != 2 {
		t.Errorf("asked of Vault: %v", counts)
	}
	events, err := eventsSince[kubeEvent](theStack.kubeAudit, kubeBefore)
	check(t, err)
	requests, reads := 0, 0
	for _, event := range events {
		switch {
		case event.Stage != "ResponseComplete" || event.ObjectRef.Namespace != e.namespace ||
			!strings.HasPrefix(event.UserAgent, "vaultseal"):
		case event.ObjectRef.Subresource == "token":
			requests++
		default:
			reads++
		}
	}
	if requests != 1 || reads != 100 {
		t.Errorf("%d TokenRequests and %d reads, want 1 and 100", requests, reads)
	}

	before := sizeOf(t, theStack.vaultAudit)
	_, err = reader.Open(t.Context(), "s-1")
	check(t, err)
	if calls := e.since(t, before); !slices.Equal(calls, []string{"update transit/decrypt/" + e.key}) {
		t.Errorf("asked of Vault: %v", calls)
	}
	check(t, reader.Close(t.Context()))
	if calls := e.since(t, before); !slices.Contains(calls, "update auth/token/revoke-self") {
		t.Errorf("not revoked: %v", calls)
	}
	if _, err := reader.Open(t.Context(), "s-1"); err == nil {
		t.Error("opened after Close")
	}
}

// TestLibraryErrors: what goes wrong can be told apart.
func TestLibraryErrors(t *testing.T) {
	e := newReaderNamespace(t, theStack, 3)
	core, err := theStack.core()
	check(t, err)
	secrets := core.Secrets(e.namespace)
	change := func(name string, with func(*corev1.Secret)) {
		secret, err := secrets.Get(t.Context(), "s-1", metav1.GetOptions{})
		check(t, err)
		secret.ObjectMeta = metav1.ObjectMeta{Name: name, Annotations: secret.Annotations}
		with(secret)
		_, err = secrets.Create(t.Context(), secret, metav1.CreateOptions{})
		check(t, err)
	}
	change("copied", func(*corev1.Secret) {})
	change("plain", func(s *corev1.Secret) { s.Data["secrets.json"] = []byte("swordfish-in-clear") })
	change("other-key", func(s *corev1.Secret) { s.Annotations[sealed.TransitKeyAnnotation] = "elsewhere/none" })
	change("wide", func(s *corev1.Secret) { s.Annotations[sealed.ScopeAnnotation] = "cluster-wide" })
	reader := e.reader(t, vaultseal.WithLeastScope(vaultseal.Strict))
	for name, want := range map[string]error{
		"absent": kube.ErrNotFound, "copied": transit.ErrTampered, "plain": engine.ErrNotSealed,
		"other-key": transit.ErrDenied,
	} {
		if _, err := reader.Open(t.Context(), name); !errors.Is(err, want) ||
			strings.Contains(err.Error(), "swordfish") {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := reader.OpenEntry(t.Context(), "s-1", "none"); !errors.Is(err, kube.ErrNotFound) {
		t.Errorf("%v", err)
	}
	var scope *engine.ScopeError
	if _, err := reader.Open(t.Context(), "wide"); !errors.As(err, &scope) {
		t.Errorf("%v", err)
	}
	var mismatch *engine.KeyMismatchError
	if _, err := e.reader(t, vaultseal.WithTransitKey("transit/other")).Open(t.Context(), "s-1"); !errors.As(err,
		&mismatch) {
		t.Errorf("%v", err)
	}
	if _, err := e.reader(t, vaultseal.WithRole("none"),
		vaultseal.WithServiceAccount("vaultseal-reader")).Open(t.Context(), "s-1"); !errors.Is(err,
		transit.ErrDenied) && !errors.Is(err, transit.ErrUnauthenticated) {
		t.Errorf("%v", err)
	}
	if _, err := e.reader(t, vaultseal.WithVaultAddress("https://127.0.0.1:1")).Open(t.Context(),
		"s-1"); !errors.Is(err, transit.ErrUnreachable) {
		t.Errorf("%v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := reader.Open(canceled, "s-1"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := reader.Open(late, "s-1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// TestLibraryDoesNotTrustTheScopeAnnotation: what is sealed with a key that is not derived does not open as strict,
// and what is strict opens in one request, proven once.
func TestLibraryDoesNotTrustTheScopeAnnotation(t *testing.T) {
	e := newReaderNamespace(t, theStack, 2)
	ciphertexts, err := theStack.encrypt(e.namespace, []map[string]any{{"plaintext": []byte("swordfish-unbound")}})
	check(t, err)
	core, err := theStack.core()
	check(t, err)
	_, err = core.Secrets(e.namespace).Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "claims", Annotations: map[string]string{
			sealed.TransitKeyAnnotation: "transit/" + e.namespace, sealed.ScopeAnnotation: string(sealed.Strict),
		}},
		StringData: map[string]string{"secrets.json": ciphertexts[0]},
	}, metav1.CreateOptions{})
	check(t, err)
	if entries, err := e.reader(t).Open(t.Context(), "claims"); err != nil ||
		string(entries["secrets.json"]) != "swordfish-unbound" {
		t.Errorf("without a least scope: %q, %v", entries, err)
	}
	reader := e.reader(t, vaultseal.WithLeastScope(vaultseal.Strict))
	before := sizeOf(t, theStack.vaultAudit)
	for i := range 2 {
		if entries, err := reader.Open(t.Context(), e.name(i)); err != nil ||
			!bytes.Equal(entries["secrets.json"], e.plaintext(i)) {
			t.Errorf("%q, %v", entries, err)
		}
	}
	decrypts := slices.DeleteFunc(e.since(t, before),
		func(call string) bool { return !strings.HasPrefix(call, "update transit/") })
	if len(decrypts) != 2 {
		t.Errorf("two Secrets took %v", decrypts)
	}
	var scope *engine.ScopeError
	for range 2 {
		entries, err := reader.Open(t.Context(), "claims")
		if !errors.As(err, &scope) || entries != nil || strings.Contains(err.Error(), "swordfish") {
			t.Errorf("%q, %v", entries, err)
		}
		if _, err := reader.OpenEntry(t.Context(), "claims", "secrets.json"); !errors.As(err, &scope) {
			t.Errorf("%v", err)
		}
	}
}

// TestLibraryStorm: many open, the tokens live for a second, and Vault is sealed and unsealed meanwhile: all wait for
// it, and what opens is right. One who has never been served by a Vault that is sealed learns so at once.
func TestLibraryStorm(t *testing.T) {
	v := newOwnVault(t)
	e := newReaderNamespace(t, v.stack, 20)
	v.write(t, "sys/policies/acl/vaultseal-reader", theStack.read(t, "sys/policies/acl/vaultseal-reader", "policy"))
	v.write(t, "auth/jwt/role/vaultseal-reader", map[string]any{
		"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"vault"}, "token_ttl": "1s",
		"bound_claims":   map[string]string{"sub": "system:serviceaccount:" + e.namespace + ":vaultseal-reader"},
		"token_policies": []string{"vaultseal-reader"},
	})
	reader := e.reader(t, vaultseal.WithAuthMethod("jwt", ""))
	ctx, stop := context.WithCancel(t.Context())
	var storm sync.WaitGroup
	var mu sync.Mutex
	right, typed := 0, map[string]int{}
	for worker := range 100 {
		storm.Go(func() {
			for n := worker; ctx.Err() == nil; n++ {
				i := n % e.count
				entries, err := reader.Open(t.Context(), e.name(i))
				mu.Lock()
				switch {
				case err == nil && bytes.Equal(entries["secrets.json"], e.plaintext(i)):
					right++
				case err == nil:
					t.Errorf("%s opened to other bytes", e.name(i))
				default:
					typed[kindOf(t, err)]++
				}
				mu.Unlock()
			}
		})
	}
	for range 3 {
		time.Sleep(1500 * time.Millisecond)
		check(t, v.seal())
		time.Sleep(300 * time.Millisecond)
		check(t, v.open())
	}
	time.Sleep(1500 * time.Millisecond)
	stop()
	storm.Wait()
	t.Logf("%d right, %v", right, typed)
	if right == 0 || len(typed) > 0 {
		t.Errorf("%d right, and errors by kind: %v", right, typed)
	}
	check(t, v.seal())
	if _, err := e.reader(t, vaultseal.WithAuthMethod("jwt", "")).Open(t.Context(), "s-1"); kindOf(t, err) != "sealed" {
		t.Errorf("while it is sealed: %v", err)
	}
	check(t, v.open())
	if _, err := reader.Open(t.Context(), "s-1"); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// kindOf names the kind of an error; one of no kind fails the test.
func kindOf(t *testing.T, err error) string {
	for name, kind := range map[string]error{
		"sealed": transit.ErrSealed, "unreachable": transit.ErrUnreachable,
		"unauthenticated": transit.ErrUnauthenticated, "denied": transit.ErrDenied,
	} {
		if errors.Is(err, kind) {
			return name
		}
	}
	t.Errorf("of no kind: %v", err)
	return "other"
}

// TestLibraryTokenFile: a pod needs only a projected token for Vault. It is read at each login, and no token is
// requested.
func TestLibraryTokenFile(t *testing.T) {
	e := newReaderNamespace(t, theStack, 1)
	token, err := theStack.kubectl("", "create", "token", "vaultseal-reader", "-n", e.namespace, "--audience", "vault")
	check(t, err)
	file := filepath.Join(t.TempDir(), "token")
	check(t, os.WriteFile(file, []byte(token), 0o600))
	before := sizeOf(t, theStack.kubeAudit)
	t.Setenv("VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE", file)
	if entries, err := e.reader(t).Open(t.Context(), "s-1"); err != nil ||
		!bytes.Equal(entries["secrets.json"], e.plaintext(0)) {
		t.Errorf("%q, %v", entries, err)
	}
	events, err := eventsSince[kubeEvent](theStack.kubeAudit, before)
	check(t, err)
	for _, event := range events {
		if event.ObjectRef.Namespace == e.namespace && event.ObjectRef.Subresource == "token" {
			t.Error("a token was requested")
		}
	}
}
