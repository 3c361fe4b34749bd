package formcheck

import (
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// TestAges: each finding has the line of its annotation, and what a template makes is not judged.
func TestAges(t *testing.T) {
	const dayLong = 24 * time.Hour
	limits := engine.AgeLimits{ExpiresWithin: 14 * dayLong, MaxSecretAge: 365 * dayLong}
	good := "data: {x: " + b64(ciphertext) + "}\n"
	for name, c := range map[string]struct {
		annotations string
		limits      engine.AgeLimits
		want        string
	}{
		"young": {"    vaultseal.dev/sealed-at: \"2026-11-01T00:00:00Z\"\n", limits, ""},
		"expired": {
			"    vaultseal.dev/expires: 2026-11-28\n", limits, "10 expired : it expired on 2026-11-28, 34h ago\n",
		},
		"soon": {
			"    vaultseal.dev/expires: 2026-12-10\n", limits, "10 expires-soon : it expires on 2026-12-10, in 10d\n",
		},
		"soon is not asked for": {"    vaultseal.dev/expires: 2026-12-10\n", engine.AgeLimits{}, ""},
		"old": {
			"    vaultseal.dev/sealed-at: 2020-01-01\n", limits,
			"10 old : its plaintext was last set on 2020-01-01, 6y334d ago\n",
		},
		"malformed": {
			"    vaultseal.dev/expires: 2026-13-01\n    vaultseal.dev/sealed-at: \"\\e[2J\"\n", limits,
			"10 malformed : annotation vaultseal.dev/expires: \"2026-13-01\" is not a time such as 2027-03-01T00:00:00Z, " +
				"or a date such as 2027-03-01\n11 malformed : annotation vaultseal.dev/sealed-at: \"\\x1b[2J\" is not a " +
				"time such as 2027-03-01T00:00:00Z, or a date such as 2027-03-01\n",
		},
		"a template": {"    vaultseal.dev/expires: {{ .expires }}\n", limits, ""},
	} {
		t.Run(name, func(t *testing.T) {
			request := Request{AgeLimits: c.limits, Now: time.Date(2026, 11, 29, 10, 30, 15, 0, time.UTC)}
			got := result(t, manifestOf("  namespace: a\n", c.annotations, "Opaque", good), request)
			if want := c.want + "1 of 1 sealed, 1 entries"; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
