package transit

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://vault.example.com:8200":  "https://vault.example.com:8200",
		"https://10.0.0.5/":               "https://10.0.0.5/",
		"https://gw.example.com/vault":    "https://gw.example.com/vault",
		"http://127.0.0.1:8200":           "http://127.0.0.1:8200",
		"http://127.9.9.9":                "http://127.9.9.9",
		"http://localhost:8200":           "http://localhost:8200",
		"http://[::1]:8200":               "http://[::1]:8200",
		"https://[2001:db8::1]:8200":      "https://[2001:db8::1]:8200",
		"":                                "",
		"vault.example.com:8200":          "",
		"http://vault.example.com":        "",
		"http://10.0.0.5:8200":            "",
		"http://localhost.example.com":    "",
		"http://127.0.0.1.example.com":    "",
		"http://0.0.0.0:8200":             "",
		"unix:///var/run/vault.sock":      "",
		"ftp://vault":                     "",
		"https://":                        "",
		"https://:8200":                   "",
		"https://user:hunter2@vault":      "",
		"https://vault?x=hunter2":         "",
		"https://vault#hunter2":           "",
		"https://vault?":                  "",
		"https://vault:8200/?":            "",
		"https://user:hunter2@vault:port": "",
		"://x":                            "",
	} {
		c, err := NewClient(Config{Address: address})
		if want == "" {
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q: %v", address, err)
			}
			continue
		}
		if err != nil || c.address() != want {
			t.Errorf("%q: %v", address, err)
		}
	}
	_, err := NewClient(Config{Address: "http://10.0.0.5:8200"})
	var plain *PlainHTTPError
	if !errors.As(err, &plain) || plain.Address != "http://10.0.0.5:8200" {
		t.Errorf("%v", err)
	}
}

func TestPathOfTheAddressComesFirst(t *testing.T) {
	v := newFakeVault(t)
	c, err := NewClient(Config{Address: v.server.URL + "/gateway/", CACertPEM: v.caPEM()})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.NewSession(testAuth()).Login(t.Context())
	if want := "POST /gateway/v1/auth/kubernetes/login"; v.requests[0] != want {
		t.Errorf("%v, want %s", v.requests, want)
	}
}

func TestHeaders(t *testing.T) {
	v := newFakeVault(t)
	c, err := NewClient(Config{Address: v.server.URL, CACertPEM: v.caPEM(), Namespace: "team/a", UserAgent: "test/1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := encryptOne(t.Context(), c.NewSession(testAuth())); err != nil {
		t.Fatal(err)
	}
	for i, h := range v.headers {
		if h.Get("X-Vault-Namespace") != "team/a" || h.Get("User-Agent") != "test/1" ||
			h.Get("X-Vault-Request") != "true" {
			t.Errorf("%s: %v", v.requests[i], h)
		}
	}
	if v.headers[0].Get("X-Vault-Token") != "" || v.headers[1].Get("X-Vault-Token") == "" {
		t.Error("the token goes with operations, not with the login")
	}
}

func TestAmbientEnvironmentChangesNothing(t *testing.T) {
	trap := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter,
		r *http.Request) {
		t.Errorf("diverted: %s", r.URL)
	}))
	defer trap.Close()
	for _, env := range []struct{ name, value string }{
		{"VAULT_ADDR", trap.URL}, {"VAULT_AGENT_ADDR", trap.URL}, {"VAULT_TOKEN", "hvs.ambient"},
		{"VAULT_TOKEN", "a\x01b"},
		{"VAULT_NAMESPACE", "ambient"}, {"VAULT_HEADERS", `{"X-Ambient":"1"}`}, {"VAULT_HEADERS", "{"},
		{"VAULT_SKIP_VERIFY", "true"}, {"VAULT_SKIP_VERIFY", "maybe"}, {"VAULT_CACERT", "/nowhere"},
		{"VAULT_CAPATH", "/nowhere"},
		{"VAULT_CACERT_BYTES", "x"}, {"VAULT_CLIENT_CERT", "/nowhere"}, {"VAULT_CLIENT_KEY", "/nowhere"},
		{"VAULT_TLS_SERVER_NAME", "ambient"},
		{"VAULT_CLIENT_TIMEOUT", "soon"}, {"VAULT_CLIENT_TIMEOUT", "1ns"}, {"VAULT_MAX_RETRIES", "-1"},
		{"VAULT_MAX_RETRIES", "0"},
		{"VAULT_RATE_LIMIT", "fast"}, {"VAULT_RATE_LIMIT", "0.000001"}, {"VAULT_WRAP_TTL", "60s"}, {"VAULT_MFA", "x"},
		{"VAULT_SRV_LOOKUP", "true"}, {"VAULT_SRV_LOOKUP", "maybe"}, {"VAULT_DISABLE_REDIRECTS", "false"},
		{"VAULT_DISABLE_REDIRECTS", "maybe"},
		{"VAULT_HTTP_PROXY", trap.URL}, {"VAULT_PROXY_ADDR", trap.URL}, {"VAULT_PROXY_ADDR", "\x7f://"},
		{"HTTP_PROXY", trap.URL}, {"HTTPS_PROXY", trap.URL}, {"ALL_PROXY", trap.URL}, {"https_proxy", trap.URL},
	} {
		t.Run(env.name+"="+env.value, func(t *testing.T) {
			t.Setenv(env.name, env.value)
			v := newFakeVault(t)
			failing(v, 1, func(w http.ResponseWriter, _ *http.Request) { fail(w, 502) })
			s := v.session(t)
			if err := encryptOne(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			for _, h := range v.headers {
				if h.Get("X-Ambient") != "" || h.Get("X-Vault-Namespace") != "" || h.Get("X-Vault-Wrap-TTL") != "" ||
					h.Get("X-Vault-MFA") != "" ||
					strings.Contains(h.Get("X-Vault-Token"), "ambient") {
					t.Errorf("%v", h)
				}
			}
			if c, err := NewClient(Config{Address: v.server.URL}); err != nil {
				t.Error(err)
			} else if err := c.NewSession(testAuth()).Login(t.Context()); err == nil {
				t.Error("the certificate was not verified")
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := newFakeVault(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Location", elsewhere.server.URL+r.URL.Path+"?secret=1")
			w.WriteHeader(status)
			return true
		}
		err := encryptOne(t.Context(), v.session(t))
		if err == nil || !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), elsewhere.server.URL) ||
			strings.Contains(err.Error(), "secret=1") {
			t.Errorf("%d: %v", status, err)
		}
		// A 307 to the same path may be a standby's: the same address is asked again.
		if again := len(v.requests) > 1; again != (status == 307) || len(elsewhere.requests) != 0 {
			t.Errorf("%d: %v then %v", status, v.requests, elsewhere.requests)
		}
	}
}

func TestReadsItsOwnWrites(t *testing.T) {
	v := newFakeVault(t)
	const state = "djE6Y2x1c3RlcjoxOjI6YWJjZA==" // v1:cluster:1:2:abcd
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "login") {
			w.Header().Set("X-Vault-Index", state)
		}
		return false
	}
	if err := encryptOne(t.Context(), v.session(t)); err != nil {
		t.Fatal(err)
	}
	if v.headers[0].Get("X-Vault-Index") != "" || v.headers[1].Get("X-Vault-Index") != state {
		t.Errorf("index sent: %q then %q", v.headers[0].Get("X-Vault-Index"), v.headers[1].Get("X-Vault-Index"))
	}
}

// FuzzParseAddress: nothing but https, and http to this machine; no credential is in an address, nor in an error.
func FuzzParseAddress(f *testing.F) {
	for _, address := range []string{"https://vault.example.com:8200", "http://[::1]:8200/x",
		"http://127.0.0.1.example.com", "https://user:hunter2@vault", "https://vault?x=1", "//x",
		"https://[::1%25\xff]", "https://[::1%25é]", "https://[fe80::1%25eth0]:8200"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, err := parseAddress(address)
		if err != nil {
			given, bad := url.Parse(address)
			if password, found := "", bad == nil && given.User != nil; found {
				password, _ = given.User.Password()
				if len(password) > 8 && strings.Contains(err.Error(), password) {
					t.Errorf("the error quotes the password of %q", address)
				}
			}
			return
		}
		if u.User != nil || u.RawQuery != "" || u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u.Hostname())) {
			t.Errorf("accepted %q", address)
		}
		if again, err := parseAddress(u.String()); err != nil || again.String() != u.String() {
			t.Errorf("%s reads as %v, %v", u, again, err)
		}
	})
}
