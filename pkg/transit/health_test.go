package transit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func healthOf(t *testing.T, status int, body string) (Health, http.Header, error) {
	t.Helper()
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
	c := v.client(t)
	c.namespace = "team"
	health, err := c.Health(t.Context())
	if n := v.count("GET sys/health"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	return health, v.headers[0], err
}

// TestHealth has the answers of Vault 1.21, which are errors only to a load balancer.
func TestHealth(t *testing.T) {
	for status, c := range map[int]struct {
		body string
		want Health
	}{
		200: {`{"initialized":true,"sealed":false,"standby":false,"version":"1.21.4","enterprise":false,"cluster_name":"c"}`,
			Health{Initialized: true, Version: "1.21.4", ClusterName: "c", Product: Vault}},
		429: {`{"initialized":true,"sealed":false,"standby":true,"version":"1.21.4","enterprise":false}`,
			Health{Initialized: true, Standby: true, Version: "1.21.4", Product: Vault}},
		501: {`{"initialized":false,"sealed":true,"standby":true,"version":"1.21.4","enterprise":false}`,
			Health{Sealed: true, Standby: true, Version: "1.21.4", Product: Vault}},
		503: {`{"initialized":true,"sealed":true,"standby":true,"version":"1.21.4","enterprise":false}`,
			Health{Initialized: true, Sealed: true, Standby: true, Version: "1.21.4", Product: Vault}},
	} {
		got, header, err := healthOf(t, status, c.body)
		if age := time.Since(got.Date); age < 0 || age > time.Hour {
			t.Errorf("%d: the server's time is %s", status, got.Date)
		}
		got.Date = time.Time{}
		if err != nil || got != c.want {
			t.Errorf("%d: %+v, %v; want %+v", status, got, err, c.want)
		}
		if header.Get("X-Vault-Token") != "" || header.Get("X-Vault-Namespace") != "" {
			t.Errorf("%d: a token or a namespace was sent: %v", status, header)
		}
	}
}

func TestHealthOfWhatIsNoVault(t *testing.T) {
	if _, _, err := healthOf(t, 200, `{"hello":"world"}`); err == nil ||
		!strings.Contains(err.Error(), "is not Vault") {
		t.Errorf("another service: %v", err)
	}
	for _, body := range []string{`{"initialized":null}`, `{"initialized":"yes"}`, `[]`, `{"initialized":true,"version":7}`} {
		if _, _, err := healthOf(t, 200, body); err == nil || !strings.Contains(err.Error(), "is not Vault") {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, _, err := healthOf(t, 502, "<html>"); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a gateway: %v", err)
	}
	if _, _, err := healthOf(t, 404, "<html>"); err == nil || errors.Is(err, ErrKeyNotFound) {
		t.Errorf("a web server: %v", err)
	}
}
