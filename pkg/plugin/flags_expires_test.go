package plugin

import (
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

func TestExpires(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 29, 10, 30, 15, 999, time.UTC) }
	for text, want := range map[string]string{
		"90d":                       "2027-02-27T10:30:15Z",
		"1d12h":                     "2026-11-30T22:30:15Z",
		"36h":                       "2026-11-30T22:30:15Z",
		"2027-03-01":                "2027-03-01T00:00:00Z",
		"2027-03-01T12:00:00+02:00": "2027-03-01T10:00:00Z",
		"never":                     "never",
	} {
		flag := expiresFlag{now: now}
		if err := flag.Set(text); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := "never"
		if !flag.At.IsZero() {
			got = sealed.FormatTime(flag.At)
		}
		if !flag.Given || got != want {
			t.Errorf("%s: %s, given %t", text, got, flag.Given)
		}
	}
	for _, text := range []string{
		"", "0", "0d", "-90d", "90", "Never", "2027-13-01", "2027-03-01 12:00", "1900-01-01", "9999999-01-01",
		"2026-11-29", "2026-11-29T10:30:15Z", "36501d",
	} {
		flag := expiresFlag{now: now, text: "as it was"}
		if err := flag.Set(text); err == nil || flag.text != "as it was" || flag.Given {
			t.Errorf("%q: %v, %+v", text, err, flag)
		}
	}
}
