package plugin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// expiredSecrets are findings about Secrets, each with a date of its own.
func expiredSecrets(count int) []engine.Finding {
	var findings []engine.Finding
	for n := range count {
		findings = append(findings, engine.Finding{
			Namespace: "a", Name: fmt.Sprintf("s%02d", n), Status: engine.Expired,
			Reason: fmt.Sprintf("it expired on 2026-11-%02d", n+1),
		})
	}
	return findings
}

// TestManyExpired: few have a row each, many a line. With -o wide all have a row.
func TestManyExpired(t *testing.T) {
	few := printVerification(t, outputHuman, verified(expiredSecrets(maxNamed)...))
	if strings.Count(few.out, "it expired on") != maxNamed || strings.Contains(few.err, "have expired") {
		t.Errorf("%s%s", few.out, few.err)
	}
	other := engine.Finding{Namespace: "a", Name: "s", Entry: "x", Status: engine.Stale, Version: 1, LatestVersion: 2}
	many := verified(append(expiredSecrets(maxNamed+2), other)...)
	got := printVerification(t, outputHuman, many)
	want := "warning: 12 Secrets have expired: a/s00, a/s01, a/s02, a/s03, a/s04, a/s05, a/s06, a/s07, a/s08, a/s09 and " +
		"2 more; -o wide lists them\n"
	if got.err != want || strings.Contains(got.out, "it expired on") || !strings.Contains(got.out, "v1 of v2") ||
		!strings.Contains(got.out, "12 expired, 1 stale") {
		t.Errorf("%s%s", got.out, got.err)
	}
	if wide := printVerification(t, outputWide, many); strings.Count(wide.out, "it expired on") != maxNamed+2 {
		t.Errorf("%s", wide.out)
	}
}

// TestAgeHints: each kind of finding has its own, for the cluster and for files.
func TestAgeHints(t *testing.T) {
	malformed := &sealed.AnnotationError{Annotation: sealed.ExpiresAnnotation, Err: &sealed.TimeError{Text: "soon"}}
	for status, want := range map[engine.EntryStatus]string{
		engine.Expired:     "set NAME ENTRY --expires 90d; if it stays valid: kubectl vaultseal reseal NAME --expires 90d",
		engine.ExpiresSoon: "set NAME ENTRY --expires 90d; if it stays valid: kubectl vaultseal reseal NAME --expires 90d",
		engine.Old:         "kubectl vaultseal set NAME ENTRY",
		engine.Malformed:   "set an expiry: kubectl vaultseal reseal NAME --expires 90d",
	} {
		finding := engine.Finding{Namespace: "a", Name: "s", Status: status}
		if status == engine.Malformed {
			finding.Err = malformed
		}
		for _, files := range []bool{false, true} {
			o := &verifyOptions{selection: &selectionFlags{}}
			if files {
				o.selection.manifests.paths = []string{"m"}
				want = strings.ReplaceAll(want, " NAME", " -f FILE NAME")
			}
			hints := o.ageHints([]engine.Finding{finding})
			if len(hints) != 1 || !strings.HasSuffix(hints[0], want) {
				t.Errorf("%s, files %t: %q", status, files, hints)
			}
		}
	}
	if hints := (&verifyOptions{selection: &selectionFlags{}}).ageHints(verifiedStale()); len(hints) > 0 {
		t.Errorf("%q", hints)
	}
}

func verifiedStale() []engine.Finding { return []engine.Finding{{Status: engine.Stale}} }

func TestExpiresWithin(t *testing.T) {
	for text, want := range map[string]string{"": "336h0m0s", "0": "0s", "30d": "720h0m0s"} {
		var f secretAgeFlags
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.add(flags)
		if text != "" {
			if err := flags.Set("expires-within", text); err != nil {
				t.Fatal(err)
			}
		}
		if got := f.limits().ExpiresWithin.String(); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
	var f secretAgeFlags
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.add(flags)
	for name, text := range map[string]string{"expires-within": "-1d", "max-secret-age": "0"} {
		if flags.Set(name, text) == nil {
			t.Errorf("--%s %s", name, text)
		}
	}
}
