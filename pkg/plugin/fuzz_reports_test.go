package plugin

import (
	"bytes"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// FuzzMetrics: names that strangers chose stay in their labels, and no number changes by them.
func FuzzMetrics(f *testing.F) {
	f.Add("team-a", "transit/app", "verified")
	f.Add("a\"} 1\nvaultseal_secrets{", "\\", "\n# EOF\n")
	f.Add("\xff\u2028", "", "\x00")
	f.Fuzz(func(t *testing.T, namespace, key, status string) {
		count := engine.VerificationCount{Namespace: namespace, TransitKey: key, Managed: 1,
			Secrets: map[engine.EntryStatus]int{engine.EntryStatus(status): 7}}
		c := check{began: time.Unix(1, 0), ended: time.Unix(2, 0), report: &engine.VerificationReport{
			Counts: []engine.VerificationCount{count},
			Keys:   []engine.KeyVerification{{TransitKey: key, Told: true, LatestVersion: 3}}}}
		text := metricsText(t, c)
		if strings.Count(text, "# EOF\n") < 1 || !strings.HasSuffix(text, "# EOF\n") {
			t.Errorf("%q", text)
		}
		parser := expfmt.NewTextParser(model.LegacyValidation)
		read, err := parser.TextToMetricFamilies(strings.NewReader(strings.ToValidUTF8(text, "?")))
		if err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		metrics := read["vaultseal_secrets"].GetMetric()
		if len(metrics) != 1 || metrics[0].GetGauge().GetValue() != 7 {
			t.Errorf("%v of %q", metrics, text)
		}
		got := map[string]string{}
		for _, label := range metrics[0].GetLabel() {
			got[label.GetName()] = label.GetValue()
		}
		valid := func(text string) string { return strings.ToValidUTF8(text, "?") }
		want := map[string]string{"namespace": valid(namespace), "transit_key": valid(keyLabel(count)), "status": valid(status)}
		if !maps.Equal(got, want) {
			t.Errorf("labels %q, want %q", got, want)
		}
	})
}

// FuzzEditText: what an editor shows is read back as the same entries, under a notice too.
func FuzzEditText(f *testing.F) {
	f.Add("a", []byte("correct-horse"), "b", []byte("two\nlines\n"), "the API server refused it")
	f.Add("a.txt", []byte("\xff\x00"), "a.txt", []byte(""), "# x\n\n# y")
	f.Add("x.yaml", []byte("a: 1\n"), "-", []byte("---\n# no comment\n"), "")
	f.Fuzz(func(t *testing.T, one string, first []byte, other string, second []byte, said string) {
		entries := map[string][]byte{one: first, other: second}
		for name := range entries {
			if checkEntryName(name) != nil {
				return
			}
		}
		for _, shown := range []map[string][]byte{entries, {one: first}} {
			text := editTextOf("app", shown)
			written := text.print(shown)
			top := noticeOf(said)
			if got := top.taken(top.above(written)); !bytes.Equal(got, written) && len(top) > 0 && text.entry == "" {
				t.Errorf("under %q: %q became %q", top, written, got)
			}
			read, err := text.parse(written, shown)
			if err != nil || !maps.EqualFunc(read, shown, bytes.Equal) {
				t.Errorf("%q became %q: %v", shown, read, err)
			}
		}
	})
}

// FuzzExpires: what is taken is in the future, and can be written as an annotation.
func FuzzExpires(f *testing.F) {
	for _, text := range []string{"90d", "never", "2027-03-01", "2027-03-01T12:00:00+02:00", "9999-12-31", "73000d"} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		flag := expiresFlag{now: func() time.Time { return now }}
		if flag.Set(text) != nil {
			return
		}
		if !flag.Given || (text == expiresNever) != flag.At.IsZero() || !flag.At.IsZero() && !flag.At.After(now) {
			t.Errorf("%q: %+v", text, flag.Expiry)
		}
	})
}

// FuzzEnvFrom: of [PREFIX=]SECRET, what is taken can be put into a path and before the name of a variable.
func FuzzEnvFrom(f *testing.F) {
	for _, text := range []string{"app", "DB_=app", "a=b=secret/c", "=app", "a b=c", "\x00=c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		from, err := parseEnvFrom(text)
		if err == nil && (strings.ContainsAny(from.secret, "/%?# \\=") || from.secret == "" ||
			strings.ContainsAny(from.prefix, "=\x00")) {
			t.Errorf("%q: %+v", text, from)
		}
	})
}
