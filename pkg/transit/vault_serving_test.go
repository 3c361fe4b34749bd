package transit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestKeySaysVaultsClock(t *testing.T) {
	said := time.Date(2026, 11, 28, 16, 3, 12, 0, time.UTC)
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Date", said.Format(http.TimeFormat))
		return false
	}
	if info, err := v.session(t).Key(t.Context(), testKey); err != nil || !info.AsOf.Equal(said) {
		t.Errorf("as of %v, %v", info.AsOf, err)
	}
}

// TestAnsweredAndServing: a gateway that fails one path while Vault serves.
func TestAnsweredAndServing(t *testing.T) {
	v := newFakeVault(t)
	health := `{"initialized":true,"sealed":false}`
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "/sys/health"):
			_, _ = w.Write([]byte(health))
		case strings.HasSuffix(r.URL.Path, "/keys/app"):
			fail(w, http.StatusBadGateway)
		default:
			return false
		}
		return true
	}
	s := v.session(t)
	if _, err := s.Key(t.Context(), testKey); !errors.Is(err, ErrUnreachable) || !Answered(err) {
		t.Errorf("502: %v, answered %v", err, Answered(err))
	}
	if err := s.Serving(t.Context()); err != nil {
		t.Errorf("serving: %v", err)
	}
	health = `{"initialized":true,"sealed":true}`
	if err := s.Serving(t.Context()); !errors.Is(err, ErrSealed) {
		t.Errorf("sealed: %v", err)
	}
	v.server.Close()
	if _, err := s.Key(t.Context(), testKey); err == nil || Answered(err) {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestRotateSaysThatItIsNotKnown: the answer was lost, and the key cannot be read.
func TestRotateSaysThatItIsNotKnown(t *testing.T) {
	for name, done := range map[string]bool{"lost": true, "with an answer that says nothing": false} {
		v := newFakeVault(t)
		rotated := false
		v.after = func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case isRotate(r) && done:
				rotated = true
				drop(w, r)
			case isRotate(r):
				rotated = true
				w.WriteHeader(http.StatusNoContent)
			case rotated:
				fail(w, http.StatusInternalServerError)
			default:
				return false
			}
			return true
		}
		if _, err := rotateKey(t.Context(), v.session(t)); !errors.Is(err, ErrRotationUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
