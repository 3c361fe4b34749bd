package plugin

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// runBuild runs a command of a build that knows itself, in a process without a kubeconfig and without variables.
func runBuild(t *testing.T, args ...string) ran {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
	var out, errOut bytes.Buffer
	code := Main(t.Context(), Process{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Args:      args,
		Build:     Build{Version: "v1.2.3", Commit: "0123abc", Date: "2026-01-02T03:04:05Z"},
		LookupEnv: func(string) (string, bool) { return "", false },
	})
	return ran{code, out.String(), errOut.String()}
}

func TestClientVersion(t *testing.T) {
	got := runBuild(t, "version")
	want := "Client Version: v1.2.3\nCommit: 0123abc\nDate: 2026-01-02T03:04:05Z\nGo: " + runtime.Version() + "\nPlatform: " + platform() + "\n"
	if got.code != exitDone || got.out != want {
		t.Errorf("exit code %d, stdout:\n%s\nwant:\n%s", got.code, got.out, want)
	}
}

func TestVersionReport(t *testing.T) {
	got := runBuild(t, "version", "-o", "json")
	var report map[string]any
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || report["kind"] != "Version" || report["apiVersion"] != "vaultseal.dev/v1alpha1" {
		t.Errorf("%v, stdout:\n%s", err, got.out)
	}
	if client, _ := report["client"].(map[string]any); client["version"] != "v1.2.3" || client["commit"] != "0123abc" || client["date"] != "2026-01-02T03:04:05Z" {
		t.Errorf("stdout:\n%s", got.out)
	}
}

func TestChangedSourcesAreSaid(t *testing.T) {
	var out bytes.Buffer
	if err := (clientVersion{Version: "v1", Commit: "abc", Modified: true}).print(&out); err != nil || !strings.Contains(out.String(), "Commit: abc, and changes to it\n") {
		t.Errorf("%v, %q", err, out.String())
	}
}
