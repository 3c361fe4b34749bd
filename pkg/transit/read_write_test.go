package transit

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answering is a session of a Vault that answers at one path.
func answering(t *testing.T, method, path string, status int, answer string) (*Session, *fakeVault) {
	t.Helper()
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || r.URL.Path != "/v1/"+path {
			return false
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
		return true
	}
	return v.session(t), v
}

func TestRead(t *testing.T) {
	s, _ := answering(t, "GET", "auth/kubernetes/role/vaultseal", 200, `{"data": {"token_ttl": 10}}`)
	data, err := s.Read(t.Context(), "auth/kubernetes/role/vaultseal")
	if err != nil || data["token_ttl"] != json.Number("10") && data["token_ttl"] != 10.0 {
		t.Errorf("Read = %v, %v", data, err)
	}
	s, _ = answering(t, "GET", "sys/policies/acl/none", 404, `{"errors": []}`)
	if data, err := s.Read(t.Context(), "sys/policies/acl/none"); data != nil || err != nil {
		t.Errorf("Read of what is not there = %v, %v; want nil, nil", data, err)
	}
	s, _ = answering(t, "GET", "sys/mounts", 403, `{"errors": ["permission denied"]}`)
	var refused *RefusedError
	if _, err := s.Read(t.Context(), "sys/mounts"); !errors.Is(err, ErrDenied) || !errors.As(err, &refused) ||
		refused.Capability != "read" || refused.Path != "sys/mounts" {
		t.Errorf("denied: %v", err)
	}
}

func TestWriteIsSentOnce(t *testing.T) {
	s, v := answering(t, "POST", "sys/mounts/vaultseal", 502, "")
	if _, err := s.Write(t.Context(), "sys/mounts/vaultseal", map[string]any{"type": "transit"}); !errors.Is(err,
		ErrUnreachable) {
		t.Errorf("Write behind a gateway that fails: %v", err)
	}
	if sent := string(v.bodies[len(v.bodies)-1]); sent != `{"type":"transit"}` || v.count("POST sys/mounts/") != 1 {
		t.Errorf("sent %s, %d times; want it once", sent, v.count("POST sys/mounts/"))
	}
	s, _ = answering(t, "POST", "nowhere/role/x", 404, `{"errors": ["no handler for route \"nowhere/role/x\""]}`)
	if _, err := s.Write(t.Context(), "nowhere/role/x", nil); err == nil || errors.Is(err, ErrKeyNotFound) ||
		!strings.Contains(err.Error(), "no handler for route") {
		t.Errorf("Write where nothing is mounted: %v", err)
	}
}

func TestCapabilities(t *testing.T) {
	s, v := answering(t, "POST", "sys/capabilities-self", 200,
		`{"data": {"capabilities": ["read"], "a/b": ["read", "update"], "c": ["deny"]}}`)
	got, err := s.Capabilities(t.Context(), "a/b", "c")
	if err != nil || !slices.Equal(got["a/b"], []string{"read", "update"}) ||
		!slices.Equal(got["c"], []string{"deny"}) {
		t.Errorf("Capabilities = %v, %v", got, err)
	}
	if sent := string(v.bodies[len(v.bodies)-1]); sent != `{"paths":["a/b","c"]}` {
		t.Errorf("sent %s", sent)
	}
}

func TestLogicalPathsDoNotEscape(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	for _, path := range []string{"auth/../sys/seal", "sys/mounts?list=true", "a%2e%2e/b", "a#b"} {
		if _, err := s.Read(t.Context(), path); err == nil {
			t.Errorf("Read(%q) was sent", path)
		}
	}
	if v.count("") > 0 {
		t.Errorf("Vault was asked: %v", v.requests)
	}
}
