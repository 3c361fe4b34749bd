package plugin

import (
	"testing"
	"time"
)

func TestParseAge(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30d": 30 * day, "720h": 30 * day, "1d12h": 36 * time.Hour, "90s": 90 * time.Second, "1h30m": 90 * time.Minute,
	} {
		if got, err := parseAge(text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "0d", "0s", "-1h", "-1d", "d", "30", "1.5d", "30days", "1d-2h", "1h2d",
		"99999999999d", "9999999999999h", "soon"} {
		if got, err := parseAge(text); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// FuzzParseAge: what is taken is above zero, and not so long that it overflows.
func FuzzParseAge(f *testing.F) {
	for _, text := range []string{"30d", "1d12h", "36500d", "0d", "9999999999999h", "-1d", "1d-2h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if age, err := parseAge(text); err == nil && (age <= 0 || age > 200*365*day) {
			t.Errorf("%q: %s", text, age)
		}
	})
}
