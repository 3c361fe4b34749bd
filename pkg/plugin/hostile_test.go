package plugin

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"

	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

// hostile is text that another person may have written in any place: it clears the screen, changes the direction of the
// following text, hides, and adds lines and cells.
const hostile = "a\x1b[2J\x1b]0;t\x07\u009b31m\x9b\u202eb\u200b\r\nerror: faked\nhint: faked\tfaked\u2028\x7f\U000e0041"

// checkTame fails if a text for people sends commands to the terminal, or has a line from the hostile text.
func checkTame(t *testing.T, got ran) {
	t.Helper()
	for _, text := range []string{got.out, got.err} {
		if printable.Text(text) != text {
			t.Errorf("it controls a terminal: %q", text)
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, "faked") && !strings.Contains(line, `a\x1b[2J`) {
				t.Errorf("a line of its own: %q in %q", line, text)
			}
		}
	}
	if !strings.Contains(got.out+got.err, `a\x1b[2J\x1b]0;t`) ||
		!strings.Contains(got.out+got.err, `\u202eb\u200b\r\nerror: faked\nhint: faked\tfaked\u2028\x7f\U000e0041`) {
		t.Errorf("it is not shown escaped: %q, %q", got.out, got.err)
	}
}

func TestHostileReports(t *testing.T) {
	secret := engine.SecretRotation{Namespace: hostile, Name: hostile, TransitKey: hostile, Status: engine.Failed,
		Reason: hostile, File: hostile, Unsealed: []string{hostile}}
	rotation := rotated(failure(hostile), engine.Rewrapped, engine.Failed, engine.Skipped, engine.Managed,
		engine.Immutable)
	for n := range rotation.Secrets {
		status := rotation.Secrets[n].Status
		rotation.Secrets[n] = secret
		rotation.Secrets[n].Status = status
	}
	rotation.Keys = []engine.KeyRotation{{TransitKey: hostile, FromVersion: 1, ToVersion: 2},
		{TransitKey: hostile, Young: true}}
	rotation.Retirements = []engine.KeyRetirement{{TransitKey: hostile, Reason: hostile}}
	finding := engine.Finding{Namespace: hostile, Name: hostile, Entry: hostile, Status: engine.Broken,
		TransitKey: hostile, Version: 1, Reason: hostile, File: hostile}
	unreadable := finding
	unreadable.Status = engine.Unreadable
	verification := verified(finding, unreadable, unreadable)
	verification.Against = &comparison{Entry: hostile,
		Differences: []document.Difference{{Path: document.Path{hostile}, Kind: "changed"}}}
	for _, format := range []output{outputHuman, outputWide, outputName} {
		checkTame(t, printRotation(t, format, rotation, engine.RotateRequest{}))
		checkTame(t, printVerification(t, format, verification))
		checkTame(t, printed(t, func(g *globals) error {
			o := &listOptions{globals: g, selection: &selectionFlags{allNamespaces: true},
				output: &outputFlag{value: format}}
			listed := engine.Listed{Namespace: hostile, Name: hostile, TransitKey: hostile, Type: hostile,
				Reason: hostile, Created: time.Now()}
			return o.print([]engine.Listed{listed, listed}, engine.Selection{})
		}))
	}
	checkTame(t, printed(t, func(g *globals) error {
		check := doctor.Check{ID: doctor.VaultAddress, Status: doctor.Failed, Summary: hostile}
		diagnosis := &doctor.Diagnosis{FirstCause: check.ID, Checks: []doctor.Check{check, check},
			Versions: doctor.Versions{Plugin: hostile, Kubernetes: hostile, Vault: hostile}}
		return (&diagnosisPrinter{Diagnosis: diagnosis}).printTo(g.process.Out)
	}))
}

func TestHostileLines(t *testing.T) {
	tell := func(what func(g *globals)) ran {
		return printed(t, func(g *globals) error { what(g); return nil })
	}
	write := func(g *globals) *writeFlags {
		return &writeFlags{globals: g, output: &outputFlag{}, dryRun: &dryRunFlag{}}
	}
	for _, got := range []ran{
		tell(func(g *globals) { g.note("%s", hostile) }),
		tell(func(g *globals) { g.warn("%v of %v", failure(hostile), []string{hostile}) }),
		tell(func(g *globals) { g.warnings().HandleWarningHeader(299, "-", hostile) }),
		tell(func(g *globals) { _ = write(g).printLine(hostile, "sealed") }),
		tell(func(g *globals) { _ = (&createOptions{writeFlags: *write(g)}).printDifference("a", hostile) }),
		tell(func(g *globals) {
			_ = (&setupOptions{globals: g, dryRun: &dryRunFlag{}}).printItem(setup.Item{Name: hostile})
		}),
		tell(func(g *globals) { _ = (&versionView{Client: clientVersion{Version: hostile}}).print(g.process.Out) }),
		tell(func(g *globals) { g.waiting.told(hostile, time.Minute); g.note(g.waiting.now()) }),
	} {
		checkTame(t, got)
	}
	diff := tell(func(g *globals) {
		plan := &setup.Plan{Items: []setup.Item{{Name: "a",
			Change: setup.Change{Action: setup.Create, Diff: "+  a\x1b[2J\u202e\n"}}}}
		_ = (&setupOptions{globals: g}).printDiff(plan)
	})
	if want := "+  a\\x1b[2J\\u202e\n"; !strings.HasSuffix(diff.out, want) {
		t.Errorf("%q", diff.out)
	}
}

func TestHostileErrors(t *testing.T) {
	checkTame(t, run(t, hostile))
	checkTame(t, run(t, "view", "--"+strings.ReplaceAll(hostile, "=", "")))
	checkTame(t, run(t, "list", "--kubeconfig", hostile))
	server := newAPIServer(t, http.StatusForbidden)
	server.message = hostile
	checkTame(t, runAt(t, server.URL, nil, "list"))
}

func TestHostileNotice(t *testing.T) {
	for _, line := range noticeOf("error: "+hostile, hostile) {
		if printable.Line(line) != line || !strings.HasPrefix(line, "# ") {
			t.Errorf("%q", line)
		}
	}
}

func TestHostileWordsAreNotCompleted(t *testing.T) {
	if canBeWord(hostile) || canBeWord("a\nb") || !canBeWord("team-a") {
		t.Error("it is completed")
	}
}

// TestLogsAreFiltered: what Kubernetes' client logs goes to the process's stderr, once.
func TestLogsAreFiltered(t *testing.T) {
	keepLogLevels(t)
	t.Cleanup(func() { klog.SetOutput(new(bytes.Buffer)) })
	streams, _, _, errOut := genericiooptions.NewTestIOStreams()
	g := newGlobals(Process{IOStreams: streams})
	if err := g.logFlags.Set("v", "1"); err != nil {
		t.Fatal(err)
	}
	g.quietLog()
	klog.ClearLogger()
	klog.Error("a\x1b[2J\u202e")
	klog.Flush()
	if got := errOut.String(); strings.Count(got, `a\x1b[2J\u202e`) != 1 || printable.Text(got) != got {
		t.Errorf("%q", got)
	}
}

// TestFilterIsNotForPrograms: an editor and what draws the progress get the stream itself.
func TestFilterIsNotForPrograms(t *testing.T) {
	var errOut bytes.Buffer
	process := Process{IOStreams: genericiooptions.IOStreams{ErrOut: &errOut}}
	if filtered := process.filtered().filtered(); filtered.rawErr() != &errOut || process.rawErr() != &errOut {
		t.Error("it is not the stream that was given")
	}
}

// FuzzSay: with any arguments, a line stays one line and sends no commands to the terminal.
func FuzzSay(f *testing.F) {
	for _, text := range []string{"", hostile, "a b", "%s%d", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		if err := say(&out, "%s: %v %q %v %d\n", text, errors.New(text), text, []string{text}, 7); err != nil {
			t.Fatal(err)
		}
		rows := newTable(&out)
		rows.row(text, "x")
		if err := rows.Flush(); err != nil {
			t.Fatal(err)
		}
		lines := slices.Collect(strings.Lines(out.String()))
		if len(lines) != 2 || printable.Text(out.String()) != out.String() || !strings.HasSuffix(lines[0], " 7\n") ||
			!strings.HasSuffix(lines[1], "x\n") {
			t.Errorf("%q", lines)
		}
	})
}
