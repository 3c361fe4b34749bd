package doctor

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	authorizationv1client "k8s.io/client-go/kubernetes/typed/authorization/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// plantedToken and plantedJWT must not appear in any output.
const plantedToken = "hvs.planted-token"

func plantedJWT(payload string) string {
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".planted-signature-ab"
}

var today = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// fakeVault is a Vault without problems, unless a test changes it.
type fakeVault struct {
	peer    transit.Peer
	lookErr error
	health  transit.Health

	product         transit.Product // of the engine
	productErr      error
	token           transit.TokenInfo
	tokenErr        error
	capabilities    func(path string) []string
	capabilitiesErr error
	info            transit.KeyInfo
	keyErr          error
	opened          []byte // instead of what was sealed
	decryptErr      error
	closeErr        error
	rewrapErr       error
	onLogin         func()
	anyAudience     bool // the role checks none

	auth            transit.Auth
	jwts            []string
	sealed          []transit.Item
	described       []string // mounts
	rewrapped       []string // key and context of each entry
	logins, revokes int
}

func newFakeVault() *fakeVault {
	return &fakeVault{
		peer:         transit.Peer{Chain: chainOf(longAfter, usual, longAfter)},
		health:       transit.Health{Initialized: true, Version: "1.21.4", Product: transit.Vault, Date: today},
		token:        transit.TokenInfo{TTL: 10 * time.Second, Policies: []string{"vaultseal"}},
		capabilities: func(string) []string { return []string{"read", "update"} },
		info: transit.KeyInfo{
			Type: "aes256-gcm96", Derived: true, LatestVersion: 3, MinDecryptionVersion: 2,
			Created: map[int]time.Time{3: today.AddDate(0, -1, 0)},
		},
	}
}

func (v *fakeVault) Look(context.Context) (transit.Peer, error)     { return v.peer, v.lookErr }
func (v *fakeVault) Health(context.Context) (transit.Health, error) { return v.health, nil }

func (v *fakeVault) NewSession(auth transit.Auth) Session {
	return fakeSession{v, auth}
}

type fakeSession struct {
	*fakeVault

	auth transit.Auth
}

// nobodysAudience is a part of a token for an audience that does not exist.
var nobodysAudience = base64.RawURLEncoding.EncodeToString([]byte(`{"aud":["vaultseal-doctor-`))[:24]

func (s fakeSession) Token(ctx context.Context) (transit.TokenInfo, error) {
	if s.auth.JWT != nil && !s.anyAudience {
		if jwt, err := s.auth.JWT(ctx); err == nil && strings.Contains(jwt, nobodysAudience) {
			return transit.TokenInfo{}, transit.ErrUnauthenticated
		}
	}
	s.fakeVault.auth = s.auth
	s.logins++
	if s.onLogin != nil {
		s.onLogin()
	}
	if s.auth.JWT != nil {
		jwt, err := s.auth.JWT(ctx)
		if err != nil {
			return transit.TokenInfo{}, err
		}
		s.jwts = append(s.jwts, jwt)
	}
	return s.token, s.tokenErr
}

func (s fakeSession) Product(_ context.Context, mount string) (transit.Product, error) {
	s.described = append(s.described, mount)
	return s.product, s.productErr
}

func (s fakeSession) Capabilities(_ context.Context, paths ...string) (map[string][]string, error) {
	if s.capabilitiesErr != nil {
		return nil, s.capabilitiesErr
	}
	granted := map[string][]string{}
	for _, path := range paths {
		granted[path] = s.capabilities(path)
	}
	return granted, nil
}

func (s fakeSession) Key(_ context.Context, key transit.Key) (transit.KeyInfo, error) {
	info := s.info
	info.Key = key
	return info, s.keyErr
}

func (s fakeSession) Encrypt(_ context.Context, _ transit.Key, items []transit.Item) ([]transit.Result, error) {
	s.sealed = append(s.sealed, items...)
	ciphertext, err := transit.ParseCiphertext("vault:v3:" + base64.StdEncoding.EncodeToString(make([]byte, 64)))
	return []transit.Result{{Ciphertext: ciphertext}}, err
}

func (s fakeSession) Decrypt(_ context.Context, _ transit.Key, items []transit.Item) ([]transit.Result, error) {
	before := s.sealed[len(s.sealed)-1]
	if string(before.Context) != string(items[0].Context) {
		return nil, errors.New("another context")
	}
	if s.opened != nil {
		return []transit.Result{{Plaintext: s.opened}}, nil
	}
	return []transit.Result{{Plaintext: before.Plaintext, Err: s.decryptErr}}, nil
}

func (s fakeSession) Rewrap(_ context.Context, key transit.Key, _ int, items []transit.Item) ([]transit.Result, error) {
	results := make([]transit.Result, len(items))
	for n, item := range items {
		s.rewrapped = append(s.rewrapped, key.String()+" "+string(item.Context))
		results[n].Err = s.rewrapErr
	}
	return results, nil
}

func (s fakeSession) Close(context.Context) error {
	s.revokes++
	return s.closeErr
}

// fakeCluster answers by "METHOD PATH"; other requests get 404.
type fakeCluster map[string]string

const (
	versionPath      = "GET /version"
	rotatorTokenPath = "POST /api/v1/namespaces/vaultseal-system/serviceaccounts/vaultseal-rotator/token"
	tokenPath        = "POST /api/v1/namespaces/team-a/serviceaccounts/vaultseal/token"
	reviewPath       = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
	configMapPath    = "GET /api/v1/namespaces/vaultseal-system/configmaps/vaultseal"
)

func newFakeCluster() fakeCluster {
	jwt := plantedJWT(fmt.Sprintf(`{"sub":"system:serviceaccount:team-a:vaultseal","aud":["vault"],"iat":%d,"exp":%d}`,
		today.Unix(), today.Add(10*time.Minute).Unix()))
	made := fmt.Sprintf(`{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{"token":%q,"expirationTimestamp":%q}}`,
		jwt, time.Now().Add(10*time.Minute).UTC().Format(time.RFC3339))
	return fakeCluster{versionPath: `{"gitVersion":"v1.37.2"}`, tokenPath: made, rotatorTokenPath: made,
		reviewPath: reviewed(true)}
}

// asksForNobody reports whether a token is requested for an audience that does not exist.
func asksForNobody(r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	return strings.Contains(string(body), "vaultseal-doctor-")
}

func tokenAnswer(jwt string) string {
	return fmt.Sprintf(`{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{"token":%q,"expirationTimestamp":%q}}`,
		jwt, time.Now().Add(10*time.Minute).UTC().Format(time.RFC3339))
}

func reviewed(allowed bool) string {
	return fmt.Sprintf(`{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":%v}}`, allowed)
}

const (
	forbidden    = "403"
	unauthorized = "401"
)

func (c fakeCluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	answer, found := c[r.Method+" "+r.URL.Path]
	code, reason := 404, "NotFound"
	switch {
	case answer == forbidden:
		code, reason = 403, "Forbidden"
	case answer == unauthorized:
		code, reason = 401, "Unauthorized"
	case found && strings.HasSuffix(r.URL.Path, "/token") && asksForNobody(r):
		_, _ = w.Write([]byte(tokenAnswer(plantedJWT(`{"aud":["vaultseal-doctor-nobody"]}`))))
		return
	case found:
		_, _ = w.Write([]byte(answer))
		return
	}
	w.WriteHeader(code)
	_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":%q,"code":%d}`,
		reason, code)
}

// examined is one examination with fakes.
type examined struct {
	part       config.Part
	cluster    fakeCluster
	connectErr error
	vault      *fakeVault
	flags, env map[string]string
	ctx        context.Context
	redact     bool
	namespace  string    // empty: team-a
	clock      time.Time // of the API server; zero: today
	proxy      string    // of the kubeconfig
	host       string    // empty: the server's

	authConfig  func(ctx context.Context, mount string) (map[string]any, error)
	workload    *Workload
	enforcement func(context.Context, corev1client.CoreV1Interface, string, sealed.KeyTemplate) Enforcement
}

func newExamined() *examined {
	return &examined{
		cluster: newFakeCluster(), vault: newFakeVault(),
		flags: map[string]string{"vault-addr": "https://vault.example", "transit-key": "transit/app"},
		env:   map[string]string{},
	}
}

func (x *examined) run(t *testing.T) (*Diagnosis, error) {
	t.Helper()
	server := httptest.NewTLSServer(x.cluster)
	t.Cleanup(server.Close)
	at := &rest.Config{Host: server.URL, TLSClientConfig: rest.TLSClientConfig{
		CAData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	}}
	if x.ctx == nil {
		x.ctx = t.Context()
	}
	lookup := func(values map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { text, set := values[name]; return text, set }
	}
	var find func(context.Context, string) (*Workload, error)
	if x.workload != nil {
		find = func(context.Context, string) (*Workload, error) { return x.workload, nil }
	}
	return Examine(x.ctx, Options{
		Workload: find,
		Part:     x.part,
		Connect: func() (Cluster, error) {
			core, err := corev1client.NewForConfig(at)
			if x.connectErr != nil {
				err = x.connectErr
			}
			reviews := authorizationv1client.NewForConfigOrDie(at)
			namespace := cmp.Or(x.namespace, "team-a")
			date := today
			if !x.clock.IsZero() {
				date = x.clock
			}
			clock := &ClockRecorder{reading: ClockReading{Sent: today, Date: date, Received: today}}
			cluster := Cluster{Host: cmp.Or(x.host, server.URL), Namespace: namespace, Core: core, Reviews: reviews,
				Clock: clock}
			if x.proxy != "" {
				proxy, _ := url.Parse(x.proxy)
				cluster.Proxy = http.ProxyURL(proxy)
			}
			return cluster, err
		},
		Sources: config.Sources{
			Flag: lookup(x.flags), Env: lookup(x.env), Namespace: "vaultseal-system",
			ReadFile: func(string) ([]byte, error) { return nil, errors.New("no files here") },
		},
		NewVault: func(config.Vault) (Vault, error) { return x.vault, nil },
		Hint:     func(problem error) string { return fmt.Sprintf("%#v", problem) },
		Now:      func() time.Time { return today },

		AuthConfig:  x.authConfig,
		Enforcement: x.enforcement,
		Redact:      x.redact,
	})
}

// problem is the first problem of a check that has type E.
func problem[E error](t *testing.T, check Check) E {
	t.Helper()
	var found E
	for _, one := range check.problems {
		if errors.As(one, &found) {
			return found
		}
	}
	t.Errorf("%s has no problem of type %T, but %q", check.ID, found, check.problems)
	return found
}

// checks are the checks of an examination that goes to the end, by ID.
func (x *examined) checks(t *testing.T) map[ID]Check {
	t.Helper()
	diagnosis, err := x.run(t)
	if err != nil {
		t.Fatal(err)
	}
	checks := map[ID]Check{}
	for _, check := range diagnosis.Checks {
		checks[check.ID] = check
		if (check.Status == Failed || check.Status == Warning) != (check.Hint != "") {
			t.Errorf("%s is %s with hint %q", check.ID, check.Status, check.Hint)
		}
		if text := check.Summary + check.Hint; strings.Contains(text, "planted") ||
			strings.Contains(check.Summary, "\n") {
			t.Errorf("%s shows a token, or is not a line: %s", check.ID, text)
		}
	}
	return checks
}

// want checks statuses, and that every other check is ok.
func want(t *testing.T, checks map[ID]Check, statuses map[ID]Status) {
	t.Helper()
	for id, check := range checks {
		expected, other := statuses[id]
		if !other {
			expected = OK
		}
		if id == RoleAudience && !other && check.Status == Skipped { // it has tests of its own
			continue
		}
		if check.Status != expected {
			t.Errorf("%s is %s (%s), want %s", id, check.Status, check.Summary, expected)
		}
	}
	for id := range statuses {
		if _, found := checks[id]; !found {
			t.Errorf("%s was not checked", id)
		}
	}
}

func contains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q does not say %q", text, part)
	}
}
