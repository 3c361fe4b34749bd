package plugin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

func TestCauseOf(t *testing.T) {
	for reason, want := range map[string]string{
		"secret a/b: read transit key t/k: denied":                                                    "read transit key t/k: denied",
		`rewrap secret a/b entry "x": no; rewrap secret a/b entry "y \" z": no`:                       "rewrap: no",
		`rewrap secret a/b entry "x": no; rewrap secret a/b entry "y": gone`:                          "rewrap: no; rewrap: gone",
		`write secret a/b: secrets "b" is forbidden: User "x" cannot patch resource "secrets" in "a"`: `write: secrets is forbidden: User "x" cannot patch resource "secrets" in "a"`,
		"secret a/bc: x": "secret a/bc: x",
		`an entry "x`:    `an entry "x`,
		"":               "",
	} {
		if got := causeOf(reason, "a/b"); got != want {
			t.Errorf("%q: %q, want %q", reason, got, want)
		}
	}
}

func TestOneCauseIsOneLine(t *testing.T) {
	c := newCauses("Secret")
	for i := range 2000 {
		c.add(fmt.Sprintf("a/s-%d", i), "denied", "warned of alone")
	}
	c.add("a/x", "gone", "secret a/x: gone")
	want := []string{"2000 Secrets not done: denied: a/s-0, a/s-1, a/s-2, a/s-3, a/s-4, a/s-5, a/s-6, a/s-7, a/s-8, " +
		"a/s-9 and 1990 more", "secret a/x: gone"}
	if got := c.lines("not done"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", got)
	}
	for i := range 2000 {
		c.add("a/y", fmt.Sprint("cause ", i), "secret a/y")
	}
	if got := c.lines("not done"); len(got) != maxCauses+1 ||
		!strings.HasPrefix(got[maxCauses], "1982 Secrets more not done") {
		t.Errorf("%d lines, the last is %q", len(got), got[len(got)-1])
	}
}

// TestRotationExplainsInFewLines: whatever has happened to many Secrets and keys.
func TestRotationExplainsInFewLines(t *testing.T) {
	report := &engine.RotationReport{Partial: true}
	for i := range 1000 {
		key := fmt.Sprintf("transit/k-%d", i)
		for _, status := range []engine.SecretStatus{engine.Failed, engine.Skipped, engine.Managed, engine.Immutable,
			engine.OtherInstallation, engine.Rewrapped} {
			name := fmt.Sprintf("%s-%d", status, i)
			report.Secrets = append(report.Secrets, engine.SecretRotation{Namespace: "a", Name: name, TransitKey: key,
				Status: status, Reason: "secret a/" + name + ": denied", Unsealed: []string{"x"}})
			report.Summary.Add(status)
		}
		report.Keys = append(report.Keys,
			engine.KeyRotation{TransitKey: key, Young: true}, engine.KeyRotation{TransitKey: key, ToVersion: 1},
			engine.KeyRotation{TransitKey: key, Rotated: true, Owned: true})
	}
	var stderr strings.Builder
	o := newRotateOptions()
	o.globals = newGlobals(Process{})
	o.globals.process.ErrOut = &stderr
	o.explain(report, engine.RotateRequest{})
	if n := strings.Count(stderr.String(), "\n"); n > 40 {
		t.Errorf("%d lines: %.2000s", n, stderr.String())
	}
}

// TestAgainRepeatsTheCommand: a hint to go on is a command that is checked as any other, and shows no credential.
func TestAgainRepeatsTheCommand(t *testing.T) {
	report := &engine.RotationReport{ResumeIfOlderThan: "2026-11-28T16:03:12Z"}
	for words, want := range map[string]string{
		"-A": "kubectl vaultseal rotate --if-older-than 2026-11-28T16:03:12Z -A",
		"-A --retire --keep 3 -y --if-older-than 20d": "kubectl vaultseal rotate --if-older-than " +
			"2026-11-28T16:03:12Z -A --keep 3 --retire --yes",
		"--include-managed --transit-key x/{namespace} -o json": "kubectl vaultseal rotate --if-older-than " +
			"2026-11-28T16:03:12Z -A --include-managed --transit-key 'x/{namespace}'",
		"-A --rewrap-only --context prod": "kubectl vaultseal rotate --rewrap-only -A --context prod",
		"-A --token TOP-SECRET":           "kubectl vaultseal rotate --if-older-than 2026-11-28T16:03:12Z -A",
		"-A --vault-proxy-url http://me:TOP-SECRET@proxy:8080": "kubectl vaultseal rotate --if-older-than " +
			"2026-11-28T16:03:12Z -A --vault-proxy-url VALUE",
		"-A --proxy-url http://me:TOP-SECRET@proxy:8080": "kubectl vaultseal rotate --if-older-than " +
			"2026-11-28T16:03:12Z -A --proxy-url VALUE",
		"-A --vault-proxy-url http://proxy:8080": "kubectl vaultseal rotate --if-older-than 2026-11-28T16:03:12Z -A " +
			"--vault-proxy-url http://proxy:8080",
		"-A --as jane --as-group devs --as-group ops": "kubectl vaultseal rotate --if-older-than " +
			"2026-11-28T16:03:12Z -A --as jane --as-group devs --as-group ops",
		"-f a.yaml -f 'b c' -R -n x": "kubectl vaultseal rotate --if-older-than 2026-11-28T16:03:12Z -f a.yaml " +
			"-f 'b c' -R -n x",
	} {
		o, request := &rotateOptions{globals: newGlobals(Process{})}, engine.RotateRequest{}
		cmd := o.command()
		o.globals.addFlags(cmd.Flags())
		if err := cmd.ParseFlags(shellWords(strings.ReplaceAll(words, "'", `"`))); err != nil {
			t.Fatal(err)
		}
		request.RewrapOnly = o.rewrapOnly
		got := o.again(report, request)
		if got != want {
			t.Errorf("%s: %q, want %q", words, got, want)
		}
		checkMentions(t, got)
	}
}
