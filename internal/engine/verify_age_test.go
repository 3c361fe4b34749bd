package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// TestVerifyReportsAges: each state of the annotations, by a clock that the test sets.
func TestVerifyReportsAges(t *testing.T) {
	const dayLong = 24 * time.Hour
	limits := AgeLimits{ExpiresWithin: 14 * dayLong, MaxSecretAge: 365 * dayLong}
	for name, c := range map[string]struct {
		sealedAt, expires string // "": no annotation
		limits            AgeLimits
		want              string
		unknown           int
	}{
		"young":    {"2026-11-01", "2027-03-01", limits, "", 0},
		"expired":  {"2026-11-01", "2026-11-28", limits, "expired: it expired on 2026-11-28, 34h ago (2026-11-28T00:00:00Z)", 0},
		"just now": {"2026-11-01", today, limits, "expired: it expired on 2026-11-29, 0s ago (" + today + ")", 0},
		"soon": {
			"2026-11-01", "2026-12-10", limits, "expires-soon: it expires on 2026-12-10, in 10d (2026-12-10T00:00:00Z)", 0,
		},
		"soon is not asked for":   {"2026-11-01", "2026-12-10", AgeLimits{}, "", 0},
		"expired is always shown": {"2026-11-01", "2026-11-28", AgeLimits{}, "expired: it expired on 2026-11-28, 34h ago (2026-11-28T00:00:00Z)", 0},
		"old": {
			longAgo, "", limits, "old: its plaintext was last set on 2020-01-01, 6y334d ago (" + longAgo + ")", 0,
		},
		"old is not asked for": {longAgo, "", AgeLimits{}, "", 0},
		"of the Python tool":   {"", "", limits, "", 1},
		"in the future":        {"2999-01-01", "9999-12-31", limits, "", 1},
		"no time":              {"\x1b[2J", "", limits, `malformed: annotation vaultseal.dev/sealed-at: "\x1b[2J" is not a time`, 1},
		"no year":              {"2026-11-01", "9999999-01-01", limits, `malformed: annotation vaultseal.dev/expires: "9999999-01-01" is not a time`, 0},
		"huge":                 {"2026-11-01", strings.Repeat("9", 1000), limits, `malformed: annotation vaultseal.dev/expires: "9999999999999999999999999999999999999999" is`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "1"})
			for annotation, text := range map[string]string{
				sealed.SealedAtAnnotation: c.sealedAt, sealed.ExpiresAnnotation: c.expires,
			} {
				if text != "" {
					secret.Annotations[annotation] = text
				}
			}
			client := onTheDay(t, newTestClient(t, newFakeCluster(secret), newFakeVault(derived), "transit/derived"))
			report, err := client.Verify(t.Context(), VerifyRequest{AgeLimits: c.limits})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range report.Findings {
				line := fmt.Sprintf("%s: %s", f.Status, f.Reason)
				if at := f.Expires + f.SealedAt; at != "" {
					line += " (" + at + ")"
				}
				got = append(got, line)
				if f.Name != "s" || f.Entry != "" || f.Err == nil {
					t.Errorf("%+v", f)
				}
			}
			is := strings.Join(got, "\n")
			if is != c.want && (c.want == "" || !strings.HasPrefix(is, c.want) || !strings.HasPrefix(c.want, "malformed")) {
				t.Errorf("%s", is)
			}
			if report.Summary.AgeUnknown != c.unknown || report.Summary.Secrets != 1 {
				t.Errorf("%+v", report.Summary)
			}
		})
	}
}

// TestAgesDecideNothing: what the annotations say changes neither what is rotated nor what is retired.
func TestAgesDecideNothing(t *testing.T) {
	for _, text := range []string{"", longAgo, "2999-01-01", "\x1b[2J", strings.Repeat("9", 1000)} {
		secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "1"})
		secret.Annotations[sealed.SealedAtAnnotation], secret.Annotations[sealed.ExpiresAnnotation] = text, text
		cluster := newFakeCluster(secret)
		c := onTheDay(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"))
		report := rotate(t, c, RotateRequest{})
		if report.Summary != (Counts{Rewrapped: 1}) {
			t.Errorf("%.20q: %+v", text, report.Summary)
		}
		is := cluster.get("a/s").Annotations
		if is[sealed.SealedAtAnnotation] != text || is[sealed.ExpiresAnnotation] != text {
			t.Errorf("%.20q: %v", text, is)
		}
		if opened := mustOpen(t, c, "a", "s"); string(opened["x"]) != "1" {
			t.Errorf("%.20q: %q", text, opened)
		}
	}
}
