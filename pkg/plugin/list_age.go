package plugin

import (
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

const unknownAge = "unknown"

// sealedSince is how long ago plaintext was last set.
func sealedSince(age sealed.Age, now time.Time) string {
	if since, known := age.SinceSealed(now); known {
		return duration.HumanDuration(since)
	}
	return unknownAge
}

// expiresIn is when a credential expires, or has expired.
func expiresIn(age sealed.Age, now time.Time) string {
	switch left := age.Expires.Sub(now); {
	case age.UnknownExpiry():
		return unknownAge
	case age.Expires.IsZero():
		return "-"
	case left > 0:
		return "in " + duration.HumanDuration(left)
	default:
		return duration.HumanDuration(-left) + " ago"
	}
}
