package plugin

import (
	"errors"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
)

func diagnosed(statuses ...doctor.Status) *doctor.Diagnosis {
	diagnosis := &doctor.Diagnosis{}
	for _, status := range statuses {
		check := doctor.Check{ID: doctor.RoundTrip, Status: status, Summary: "as it is"}
		if status == doctor.Warning || status == doctor.Failed {
			check.ID, check.Hint = doctor.MayEncrypt, "do this\nand that"
		}
		diagnosis.Checks = append(diagnosis.Checks, check)
	}
	return diagnosis
}

func TestPrintedDiagnosis(t *testing.T) {
	var out strings.Builder
	if err := printDiagnosis(&out, diagnosed(doctor.OK, doctor.Warning, doctor.Failed, doctor.Skipped),
		false); err != nil {
		t.Fatal(err)
	}
	want := `✓ round-trip   as it is
! may-encrypt  as it is
               hint: do this
               hint: and that
✗ may-encrypt  as it is
               hint: do this
               hint: and that
– round-trip   as it is
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestColouredDiagnosis(t *testing.T) {
	var out strings.Builder
	if err := printDiagnosis(&out, diagnosed(doctor.OK, doctor.Warning, doctor.Failed, doctor.Skipped),
		true); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"\x1b[32m✓\x1b[0m round", "\x1b[33m!\x1b[0m may", "\x1b[31m✗\x1b[0m may",
		"\n– round"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("no %q in:\n%q", part, out.String())
		}
	}
}

func TestColourIsForTerminals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the terminal is had from a Unix device")
	}
	t.Setenv("TERM", "xterm")
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal("no terminal can be had here:", err)
	}
	defer func() { _ = terminal.Close() }()
	for name, c := range map[string]struct {
		out     any
		noColor string
		want    bool
	}{
		"terminal": {terminal, "", true}, "NO_COLOR": {terminal, "1", false}, "pipe": {new(strings.Builder), "", false},
	} {
		process := Process{LookupEnv: func(name string) (string, bool) { return c.noColor, name == "NO_COLOR" }}
		process.IOStreams = genericiooptions.IOStreams{}
		if file, ok := c.out.(*os.File); ok {
			process.Out = file
		} else {
			process.Out = c.out.(*strings.Builder)
		}
		if got := process.colourful(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestDiagnosisError(t *testing.T) {
	if err := diagnosisError(diagnosed(doctor.OK, doctor.Warning, doctor.Skipped)); err != nil {
		t.Errorf("nothing is broken: %v", err)
	}
	var report *reportError
	if err := diagnosisError(diagnosed(doctor.Failed)); !errors.As(err, &report) || report.code != exitFailed ||
		err.Error() != "1 check failed" {
		t.Errorf("one: %v", err)
	}
	if err := diagnosisError(diagnosed(doctor.Failed, doctor.OK, doctor.Failed)); !errors.As(err, &report) ||
		err.Error() != "2 checks failed" {
		t.Errorf("two: %v", err)
	}
}

func TestDoctorThatIsNotLetIn(t *testing.T) {
	got := runAt(t, newAPIServer(t, http.StatusUnauthorized).URL, nil, "doctor", "--config-namespace", "")
	if got.code != exitFailed || got.err != "error: 2 checks failed\n" { // missing configuration is no denial
		t.Errorf("exit code %d, stderr %q", got.code, got.err)
	}
	for _, part := range []string{"✗ api-server ",
		"hint: the API server does not accept the credential of the kubeconfig", "✗ configuration ",
		"– vault-address "} {
		if !strings.Contains(got.out, part) {
			t.Errorf("stdout misses %q:\n%s", part, got.out)
		}
	}
	checkMentions(t, got.out)
	got = runAt(t, newAPIServer(t, http.StatusUnauthorized).URL, nil, "doctor")
	if got.code != exitDenied || got.err != "error: 1 check failed\n" {
		t.Errorf("exit code %d, stderr %q", got.code, got.err)
	}
}

func TestDoctorWithoutAKubeconfig(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("KUBECONFIG", "/nowhere")
	var out, errOut strings.Builder
	code := Main(t.Context(), Process{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Args:      []string{"doctor", "-o", "json"},
		LookupEnv: func(string) (string, bool) { return "", false },
	})
	if code != exitFailed || !strings.Contains(out.String(), `"hint": "set KUBECONFIG, or add --kubeconfig"`) {
		t.Errorf("exit code %d, stdout:\n%s", code, out.String())
	}
}
