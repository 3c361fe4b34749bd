package plugin

import (
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

func TestListedAge(t *testing.T) {
	now := time.Date(2026, 11, 29, 10, 30, 15, 0, time.UTC)
	for _, c := range []struct{ sealedAt, expires, since, in string }{
		{"2026-11-01", "2027-03-01", "28d", "in 91d"},
		{"2026-11-29T10:33:00Z", "2026-11-29T10:30:15Z", "0s", "0s ago"},
		{"2020-01-01", "2026-11-01", "6y334d", "28d ago"},
		{"2026-11-29T10:40:00Z", "9999-12-31T23:59:59Z", "unknown", "in 292y"},
		{"\x1b[2J", "90d", "unknown", "unknown"},
		{"1970-01-01", "1970-01-01", "56y", "56y ago"},
	} {
		age := sealed.ReadAge(map[string]string{
			sealed.SealedAtAnnotation: c.sealedAt, sealed.ExpiresAnnotation: c.expires,
		}, now)
		if since, in := sealedSince(age, now), expiresIn(age, now); since != c.since || in != c.in {
			t.Errorf("%q, %q: %s, %s", c.sealedAt, c.expires, since, in)
		}
	}
	var none sealed.Age
	if since, in := sealedSince(none, now), expiresIn(none, now); since != "unknown" || in != "-" {
		t.Errorf("%s, %s", since, in)
	}
}
