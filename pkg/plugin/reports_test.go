package plugin

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// printed is what a print function writes to stdout and stderr.
func printed(t *testing.T, print func(*globals) error) ran {
	t.Helper()
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	if err := print(newGlobals(Process{IOStreams: streams})); err != nil {
		t.Fatal(err)
	}
	return ran{0, out.String(), errOut.String()}
}

func twoRotated() *engine.RotationReport {
	report := rotated(errUnreadable, engine.Rewrapped, engine.Failed, engine.Skipped)
	report.APIVersion, report.Kind = engine.ReportAPIVersion, engine.RotationReportKind
	report.Secrets[0].Unsealed = []string{"x"}
	report.Secrets[2].Reason = "immutable"
	report.Partial = true
	report.Keys = []engine.KeyRotation{
		{TransitKey: "transit/app", Rotated: true, FromVersion: 1, ToVersion: 2, Secrets: report.Summary, Entries: 5},
		{TransitKey: "transit/other", FromVersion: 4, ToVersion: 4},
	}
	return report
}

type failure string

func (f failure) Error() string { return string(f) }

const errUnreadable = failure("cannot be read")

func printRotation(t *testing.T, format output, report *engine.RotationReport, request engine.RotateRequest) ran {
	t.Helper()
	return printed(t, func(g *globals) error {
		o := &rotateOptions{selection: &selectionFlags{}, globals: g, output: &outputFlag{value: format},
			dryRun: &dryRunFlag{DryRun: request.DryRun}}
		return o.print(report, request, nil)
	})
}

func TestRotationTable(t *testing.T) {
	got := printRotation(t, outputHuman, twoRotated(), engine.RotateRequest{})
	want := []string{
		"TRANSIT KEY     ROTATED   FROM   TO    REWRAPPED   ENTRIES   CURRENT   SKIPPED   FAILED",
		"transit/app     yes       v1     v2    1           5         0         1         1",
		"transit/other   no        v4     v4    0           0         0         0         0",
	}
	if strings.TrimRight(got.out, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", got.out, strings.Join(want, "\n"))
	}
}

func TestRotationIsExplained(t *testing.T) {
	got := printRotation(t, outputHuman, twoRotated(), engine.RotateRequest{})
	for _, want := range []string{
		"warning: cannot be read",
		"note: secret a/s2 skipped: immutable",
		"warning: secret a/s0 has entries that are not sealed, which were left alone: x",
		"note: transit key transit/other was not rotated",
		"note: Secrets under transit/app that were not in view may be stale now",
	} {
		if !strings.Contains(got.err, want) {
			t.Errorf("stderr misses %q:\n%s", want, got.err)
		}
	}
	checkMentions(t, got.err)
}

// TestRotationTellsOfRestartsOnce: with a count, and with what is known of when.
func TestRotationTellsOfRestartsOnce(t *testing.T) {
	report := twoRotated()
	report.Restarts = &engine.WorkloadRestarts{Secrets: 3, First: []string{"a/s0", "a/s1"},
		Annotations: []string{"reloader.stakater.com/match"}}
	got := printRotation(t, outputHuman, report, engine.RotateRequest{})
	want := "note: 3 Secrets rewrapped with an annotation that restarts workloads (reloader.stakater.com/match): " +
		"their workloads may restart now, although no value has changed: a/s0, a/s1 and 1 more\n"
	if strings.Count(got.err, want) != 1 {
		t.Errorf("stderr misses %q:\n%s", want, got.err)
	}
	report.DryRun = true
	got = printRotation(t, outputHuman, report, engine.RotateRequest{DryRun: engine.DryRunClient})
	if !strings.Contains(got.err, "their workloads may restart then") {
		t.Errorf("a dry run: %s", got.err)
	}
}

func TestWideRotation(t *testing.T) {
	got := printRotation(t, outputWide, twoRotated(), engine.RotateRequest{})
	for _, want := range []string{"NAMESPACE", "s0", "rewrapped", "s1", "cannot be read", "s2", "immutable",
		"TRANSIT KEY     ROTATED"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("stdout misses %q:\n%s", want, got.out)
		}
	}
}

func TestRotatedNames(t *testing.T) {
	if got := printRotation(t, outputName, twoRotated(), engine.RotateRequest{}); got.out != "secret/s0\n" ||
		got.err != "" {
		t.Errorf("stdout %q, stderr %q", got.out, got.err)
	}
}

func TestRotationReport(t *testing.T) {
	got := printRotation(t, outputJSON, twoRotated(), engine.RotateRequest{})
	var head struct{ APIVersion, Kind string }
	if err := json.Unmarshal([]byte(got.out), &head); err != nil || head.APIVersion != "vaultseal.dev/v1alpha1" ||
		head.Kind != "RotationReport" {
		t.Errorf("%+v, %v", head, err)
	}
}

func TestDryRotationSaysSo(t *testing.T) {
	report := twoRotated()
	report.DryRun = true
	got := printRotation(t, outputHuman, report, engine.RotateRequest{DryRun: engine.DryRunClient})
	if !strings.Contains(got.out, "yes (dry run)") || strings.Contains(got.err, "stale now") {
		t.Errorf("stdout %s\nstderr %s", got.out, got.err)
	}
}

func TestNothingToRotate(t *testing.T) {
	for want, selection := range map[string]engine.Selection{
		"note: no sealed Secrets in namespace a\n":               {Namespaces: []string{"a"}},
		"note: no sealed Secrets in any namespace\n":             {},
		"note: no sealed Secrets in namespace a with labels x\n": {Namespaces: []string{"a"}, Selector: "x"},
	} {
		got := printRotation(t, outputHuman, rotated(nil), engine.RotateRequest{Selection: selection})
		if got.out != "" || got.err != want {
			t.Errorf("stdout %q, stderr %q; want %q", got.out, got.err, want)
		}
	}
}

func foundTwo() *verificationView {
	view := verified(
		engine.Finding{Namespace: "a", Name: "s", Entry: "x", Status: engine.Stale, TransitKey: "transit/app",
			Version: 1, LatestVersion: 3},
		engine.Finding{Namespace: "a", Name: "s", Entry: "y", Status: engine.Broken, TransitKey: "transit/app",
			Version: 2, Reason: "no"},
		engine.Finding{Namespace: "b", Name: "s", Entry: "z", Status: engine.Unsealed},
	)
	view.APIVersion, view.Kind = engine.ReportAPIVersion, engine.VerificationReportKind
	view.Summary.Secrets, view.Summary.Entries, view.Summary.Unbound = 2, 3, 1
	return view
}

func printVerification(t *testing.T, format output, view *verificationView) ran {
	t.Helper()
	return printed(t, func(g *globals) error {
		o := &verifyOptions{selection: &selectionFlags{}, globals: g, output: &outputFlag{value: format}}
		return o.print(view, engine.Selection{Namespaces: []string{"a"}}, nil)
	})
}

func TestVerificationTable(t *testing.T) {
	got := printVerification(t, outputHuman, foundTwo())
	want := `NAMESPACE   NAME   ENTRY   STATUS     VERSION    REASON
a           s      x       stale      v1 of v3   
a           s      y       broken     v2         no
b           s      z       unsealed              
3 entries in 2 Secrets checked: 1 broken, 1 unsealed, 1 stale
`
	if got.out != want {
		t.Errorf("got:\n%q\nwant:\n%q", got.out, want)
	}
}

func TestVerificationNotesUnbound(t *testing.T) {
	if got := printVerification(t, outputHuman, foundTwo()); !strings.Contains(got.err,
		"note: 1 entry is bound to nothing") {
		t.Errorf("stderr %q", got.err)
	}
}

func TestWideVerification(t *testing.T) {
	if got := printVerification(t, outputWide, foundTwo()); !strings.Contains(got.out, "TRANSIT KEY") ||
		!strings.Contains(got.out, "transit/app") {
		t.Errorf("stdout:\n%s", got.out)
	}
}

func TestVerifiedNames(t *testing.T) {
	if got := printVerification(t, outputName, foundTwo()); got.out != "secret/s\nsecret/s\n" {
		t.Errorf("stdout %q, want each Secret once", got.out)
	}
}

func TestVerificationReport(t *testing.T) {
	for _, format := range []output{outputJSON, outputYAML} {
		got := printVerification(t, format, foundTwo())
		for _, want := range []string{"vaultseal.dev/v1alpha1", "VerificationReport", "findings", "latestVersion"} {
			if !strings.Contains(got.out, want) {
				t.Errorf("-o %s misses %s:\n%s", format, want, got.out)
			}
		}
	}
}

func TestNothingToVerify(t *testing.T) {
	if got := printVerification(t, outputHuman, verified()); got.out != "" ||
		got.err != "note: no sealed Secrets in namespace a\n" {
		t.Errorf("stdout %q, stderr %q", got.out, got.err)
	}
}

func TestAllOpen(t *testing.T) {
	view := verified()
	view.Summary.Secrets, view.Summary.Entries = 1, 1
	if got := printVerification(t, outputHuman, view); got.out != "1 entry in 1 Secret checked: all open\n" ||
		got.err != "" {
		t.Errorf("stdout %q, stderr %q", got.out, got.err)
	}
}

func comparedWith(t *testing.T, fileEntry, content, entry, stored string) *comparison {
	t.Helper()
	file := &plaintextFile{documentFile: documentFile{entry: fileEntry, path: fileEntry}, content: []byte(content)}
	got, err := file.diff(entry, []byte(stored))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDiff(t *testing.T) {
	cases := []struct {
		name, entry, stored, file, content string
		want                               string
	}{
		{"other layout", "a.json", `{"x": 1}`, "a.json", `{"x":1}`,
			`{"entry":"a.json","equal":true,"sameBytes":false}`},
		{"other format", "a.yaml", "x: 1\n", "a.json", `{"x":1}`, `{"entry":"a.yaml","equal":true,"sameBytes":false}`},
		{"another value", "a.json", `{"x":"` + planted + `"}`, "a.json", `{"x":"` + planted + `2"}`,
			`{"entry":"a.json","equal":false,"sameBytes":false,"differences":[{"path":"x","kind":"changed"}]}`},
		{"no document", "a.json", planted, "a.json", `{"x":1}`,
			`{"entry":"a.json","equal":false,"sameBytes":false,"differences":[{"path":"","kind":"changed"}]}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text, err := json.Marshal(comparedWith(t, c.file, c.content, c.entry, c.stored))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(bytes.ReplaceAll(text, []byte(`"path":"/x"`), []byte(`"path":"x"`))); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestComparisonTellsPathsOnly(t *testing.T) {
	view := verified()
	view.Summary.Secrets, view.Summary.Entries = 1, 1
	view.Against = comparedWith(t, "a.json", `{"x":"`+planted+`2"}`, "a.json", `{"x":"`+planted+`"}`)
	got := printVerification(t, outputHuman, view)
	if !strings.Contains(got.out, "changed") || !strings.Contains(got.out, "differs from the file") {
		t.Errorf("stdout:\n%s", got.out)
	}
	checkNotLeaked(t, got)
}

func TestComparisonNotesOtherLayout(t *testing.T) {
	view := verified()
	view.Summary.Secrets, view.Summary.Entries = 1, 1
	view.Against = comparedWith(t, "a.json", `{"x":1}`, "a.json", `{"x": 1}`)
	if got := printVerification(t, outputHuman, view); !strings.Contains(got.err, "laid out in other bytes") {
		t.Errorf("stderr %q", got.err)
	}
}
