package transit

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fakeVault answers like Vault 1.21, with a fake encryption: a ciphertext contains its plaintext.
type fakeVault struct {
	t      *testing.T
	server *httptest.Server

	mu        sync.Mutex
	ttl       int // seconds
	tokenType string
	latest    int
	keyType   string
	tokens    map[string]bool // good ones
	issued    int
	requests  []string // "POST transit/encrypt/app"
	headers   []http.Header
	bodies    [][]byte
	peers     map[string]bool // addresses that connections came from
	revoked   []string
	// before answers in place of the fake when it returns true.
	before func(w http.ResponseWriter, r *http.Request) bool
	// after answers in place of the fake once the fake has done the work.
	after func(w http.ResponseWriter, r *http.Request) bool
}

var testKey = Key{Mount: "transit", Name: "app"}

func newFakeVault(t *testing.T) *fakeVault {
	t.Helper()
	v := &fakeVault{t: t, ttl: 60, tokenType: "service", latest: 3, keyType: "aes256-gcm96", tokens: map[string]bool{},
		peers: map[string]bool{}}
	v.server = httptest.NewUnstartedServer(v)
	v.server.EnableHTTP2 = true
	v.server.StartTLS()
	t.Cleanup(v.server.Close)
	return v
}

func (v *fakeVault) caPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: v.server.Certificate().Raw})
}

func (v *fakeVault) client(t *testing.T) *Client {
	t.Helper()
	c, err := NewClient(Config{Address: v.server.URL, CACertPEM: v.caPEM()})
	if err != nil {
		t.Fatal(err)
	}
	passing(c)
	return c
}

// passing makes waiting take no time but that of the client's clock. It returns how long was waited in all.
func passing(c *Client) (slept func() time.Duration) {
	var total atomic.Int64
	began := time.Now() // a slow machine must not use up the client's retry timeout
	c.now = func() time.Time { return began.Add(time.Duration(total.Load())) }
	c.sleep = func(ctx context.Context, d time.Duration) error {
		total.Add(int64(d))
		return ctx.Err()
	}
	return func() time.Duration { return time.Duration(total.Load()) }
}

const testJWT = "eyJhbGciOi.secret-jwt.sig"

func testAuth() Auth {
	return Auth{Method: MethodKubernetes, Role: "vaultseal",
		JWT: func(context.Context) (string, error) { return testJWT, nil }}
}

func (v *fakeVault) session(t *testing.T, options ...SessionOption) *Session {
	t.Helper()
	return v.client(t).NewSession(testAuth(), options...)
}

func (v *fakeVault) count(prefix string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, r := range v.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// connections is how many carried requests.
func (v *fakeVault) connections() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.peers)
}

func (v *fakeVault) kill(tokens ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, token := range tokens {
		delete(v.tokens, token)
	}
}

func (v *fakeVault) good() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.tokens)
}

func fail(w http.ResponseWriter, status int, messages ...string) {
	if messages == nil {
		messages = []string{}
	}
	reply(w, status, map[string]any{"errors": messages})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

const invalidToken = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"

func (v *fakeVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	body := new(bytes.Buffer)
	_, _ = body.ReadFrom(r.Body)
	v.mu.Lock()
	v.requests = append(v.requests, r.Method+" "+path)
	v.headers = append(v.headers, r.Header.Clone())
	v.bodies = append(v.bodies, body.Bytes())
	v.peers[r.RemoteAddr] = true
	before, after := v.before, v.after
	v.mu.Unlock()
	if before != nil && before(w, r) {
		return
	}
	recorder := httptest.NewRecorder()
	v.serve(recorder, r, path, body.Bytes())
	if after != nil && after(w, r) {
		return
	}
	for name, values := range recorder.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(recorder.Body.Bytes())
}

func (v *fakeVault) serve(w http.ResponseWriter, r *http.Request, path string, body []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if strings.HasPrefix(path, "auth/") && strings.HasSuffix(path, "/login") {
		v.issued++
		token := fmt.Sprintf("hvs.secret-token-%d", v.issued)
		v.tokens[token] = true
		reply(w, 200, map[string]any{"auth": map[string]any{
			"client_token": token, "lease_duration": v.ttl, "token_type": v.tokenType,
		}})
		return
	}
	token := r.Header.Get("X-Vault-Token")
	if !v.tokens[token] {
		fail(w, 403, invalidToken)
		return
	}
	parts := strings.Split(path, "/")
	switch {
	case path == "auth/token/revoke-self":
		delete(v.tokens, token)
		v.revoked = append(v.revoked, token)
		w.WriteHeader(204)
	case strings.HasPrefix(path, "sys/internal/ui/mounts/"):
		reply(w, 200,
			map[string]any{"data": map[string]any{"type": "transit", "path": strings.Join(parts[4:], "/") + "/"}})
	case strings.HasSuffix(path, "/rotate"):
		v.latest++
		reply(w, 200, v.metadata())
	case parts[len(parts)-2] == "keys":
		reply(w, 200, v.metadata())
	default:
		v.transit(w, parts[len(parts)-2], body)
	}
}

func (v *fakeVault) metadata() map[string]any {
	keys := map[string]any{}
	for i := 1; i <= v.latest; i++ {
		keys[strconv.Itoa(i)] = 1700000000 + i
	}
	return map[string]any{"data": map[string]any{
		"name": "app", "type": v.keyType, "derived": true, "convergent_encryption": false, "latest_version": v.latest,
		"min_decryption_version": 1, "min_encryption_version": 0, "supports_encryption": true,
		"supports_decryption": true, "keys": keys,
	}}
}

// transit is called with v.mu held.
func (v *fakeVault) transit(w http.ResponseWriter, verb string, body []byte) {
	var in struct {
		Items []struct {
			Plaintext  *string `json:"plaintext"`
			Ciphertext string  `json:"ciphertext"`
			Context    string  `json:"context"`
			Reference  string  `json:"reference"`
		} `json:"batch_input"`
		Partial int `json:"partial_failure_response_code"`
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Items) == 0 {
		fail(w, 500, "failed to parse batch input")
		return
	}
	failed := 0
	results := make([]map[string]any, len(in.Items))
	for i, item := range in.Items {
		if (item.Context == "") != (in.Items[0].Context == "") {
			fail(w, 400, "context should be set either in all the request blocks or in none")
			return
		}
		result := map[string]any{"reference": item.Reference}
		results[i] = result
		var plaintext []byte
		if verb == "encrypt" {
			plaintext, _ = base64.StdEncoding.DecodeString(*item.Plaintext)
		} else {
			var word string
			if plaintext, word = fakeOpen(item.Ciphertext, v.latest); word != "" {
				result["error"] = word
				failed++
				continue
			}
		}
		if verb == "decrypt" {
			result["plaintext"] = base64.StdEncoding.EncodeToString(plaintext)
		} else {
			result["ciphertext"] = fakeSeal(v.latest, string(plaintext)).String()
			result["key_version"] = v.latest
		}
	}
	status := 200
	if verb != "rewrap" && failed > 0 && (in.Partial == 0 || failed == len(in.Items)) {
		status = 400
	}
	reply(w, status, map[string]any{"data": map[string]any{"batch_results": results}})
}

// fakeSeal makes a ciphertext. One of "tampered" does not open.
func fakeSeal(version int, plaintext string) Ciphertext {
	raw := strings.Repeat("n", nonceLen) + plaintext + strings.Repeat("t", tagLen)
	c, err := ParseCiphertext(fmt.Sprintf("vault:v%d:%s", version, base64.StdEncoding.EncodeToString([]byte(raw))))
	if err != nil {
		panic(err)
	}
	return c
}

func fakeOpen(ciphertext string, latest int) (plaintext []byte, word string) {
	c, err := ParseCiphertext(ciphertext)
	if err != nil {
		return nil, "invalid ciphertext: no prefix"
	}
	if c.Version() > latest {
		return nil, "invalid ciphertext: version is too new"
	}
	raw, _ := base64.StdEncoding.DecodeString(ciphertext[strings.LastIndex(ciphertext, ":")+1:])
	plaintext = raw[nonceLen : len(raw)-tagLen]
	if string(plaintext) == "tampered" {
		return nil, "cipher: message authentication failed"
	}
	return plaintext, ""
}

// fakeClock is a clock that stands until it is moved.
type fakeClock struct {
	mu sync.Mutex
	at time.Time
}

func newFakeClock() *fakeClock { return &fakeClock{at: time.Unix(1_800_000_000, 0)} }

func (c *fakeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
