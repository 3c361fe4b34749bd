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
			check.URL = check.ID.URL()
		}
		if status == doctor.Failed {
			check.ID, diagnosis.FirstCause = doctor.VaultLogin, doctor.VaultLogin
		}
		diagnosis.Checks = append(diagnosis.Checks, check)
	}
	return diagnosis
}

func printedDiagnosis(t *testing.T, printer diagnosisPrinter) string {
	t.Helper()
	var out strings.Builder
	if err := printer.printTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPrintedDiagnosis(t *testing.T) {
	broken := diagnosed(doctor.OK, doctor.Failed, doctor.OK, doctor.Skipped)
	broken.Versions = doctor.Versions{Plugin: "v1.2.3", Vault: "2.6.2", Product: "OpenBao"}
	worries := diagnosed(doctor.OK, doctor.Warning, doctor.Skipped)
	for name, c := range map[string]struct {
		diagnosis *doctor.Diagnosis
		all       bool
		want      string
	}{
		"what is broken first": {broken, false, `✗ vault-login  as it is
               hint: do this
               hint: and that
               see https://github.com/vaultseal/kubectl-vaultseal/blob/main/docs/troubleshooting.md#may-encrypt

✓ round-trip   as it is
✓ round-trip   as it is
– round-trip   as it is
versions: kubectl-vaultseal v1.2.3, OpenBao 2.6.2
`},
		"warnings first": {worries, false, `! may-encrypt  as it is
               hint: do this
               hint: and that
               see https://github.com/vaultseal/kubectl-vaultseal/blob/main/docs/troubleshooting.md#may-encrypt
✓ nothing is broken: 1 check passed, 1 with a warning; --all lists them
– round-trip   as it is
`},
		"all is well":       {diagnosed(doctor.OK, doctor.OK), false, "✓ all is well: 2 checks passed; --all lists them\n"},
		"all, and all well": {diagnosed(doctor.OK), true, "✓ all is well: 1 check passed\n✓ round-trip  as it is\n"},
	} {
		if got := printedDiagnosis(t, diagnosisPrinter{Diagnosis: c.diagnosis, all: c.all}); got != c.want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, got, c.want)
		}
	}
}

func TestColouredDiagnosis(t *testing.T) {
	got := printedDiagnosis(t, diagnosisPrinter{colourful: true,
		Diagnosis: diagnosed(doctor.OK, doctor.Warning, doctor.Failed, doctor.Skipped)})
	for _, part := range []string{"\x1b[32m✓\x1b[0m round", "\x1b[33m!\x1b[0m may", "\x1b[31m✗\x1b[0m vault",
		"\n– round"} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in:\n%q", part, got)
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
	if !strings.HasPrefix(got.out, "✗ api-server ") {
		t.Errorf("the API server is not first:\n%s", got.out)
	}
	for _, part := range []string{"hint: the API server does not accept the credential of the kubeconfig",
		"\n✗ configuration ", "\n17 checks were not made: they need the API server and Vault's address; --all lists them\n"} {
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
