package transit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestSetMinVersions(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/transit/keys/app/config") {
			return false
		}
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	s := v.session(t)
	if err := s.SetMinVersions(t.Context(), testKey, MinVersions{Decryption: 3, Encryption: 4}); err != nil {
		t.Fatal(err)
	}
	if want, got := `{"min_decryption_version":3,"min_encryption_version":4}`,
		string(v.bodies[len(v.bodies)-1]); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	if err := s.SetMinVersions(t.Context(), Key{Mount: "transit/../sys", Name: "x"},
		MinVersions{Decryption: 3}); err == nil || v.count("POST sys") > 0 {
		t.Errorf("a mount that is none: %v", err)
	}
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/config") {
			return false
		}
		fail(w, http.StatusForbidden, "permission denied")
		return true
	}
	err := s.SetMinVersions(t.Context(), testKey, MinVersions{Decryption: 3})
	var refused *RefusedError
	if !errors.Is(err, ErrDenied) || !errors.As(err, &refused) || refused.Capability != "update" ||
		refused.Path != "transit/keys/app/config" {
		t.Errorf("%v", err)
	}
}
