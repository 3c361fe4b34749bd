package plugin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestDoctorRedactsStderr: what the API server warns of names objects, so a redacted report comes without it. The line
// of a cluster that is not set up ends where its hint would begin.
func TestDoctorRedactsStderr(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Warning", `299 - "denied by policy acme"`)
		if r.URL.Path == "/version" {
			_, _ = w.Write([]byte(`{"major":"1","minor":"37","gitVersion":"v1.37.2"}`))
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`))
	}))
	t.Cleanup(server.Close)

	got := runAt(t, server.URL, nil, "doctor")
	if !strings.Contains(got.err, "Warning: denied by policy acme\n") {
		t.Errorf("the server does not warn: %q", got.err)
	}
	got = runAt(t, server.URL, nil, "doctor", "--redact")
	if got.code != exitFailed || got.err != "error: 2 checks failed\n" {
		t.Errorf("exit code %d, stderr %q", got.code, got.err)
	}
	want := "✗ configuration  this cluster is not set up: it has no ConfigMap vaultseal-system/vaultseal\n"
	if got.out != want {
		t.Errorf("got %q, want %q", got.out, want)
	}
}
