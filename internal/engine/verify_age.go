package engine

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// AgeLimits say which age of plaintext is a finding. An expiry that has passed always is.
type AgeLimits struct {
	ExpiresWithin time.Duration // findings are Secrets that expire so soon; 0: none
	MaxSecretAge  time.Duration // findings are Secrets whose plaintext is older; 0: none
}

// AgeFinding is what the annotations about the age of one Secret show. Everyone who may edit the Secret can write them.
type AgeFinding struct {
	Status     EntryStatus
	Annotation string // that shows it
	At         time.Time
	Err        error // says it in words
}

// AgeFindings returns what an age shows at a time.
func (l AgeLimits) AgeFindings(age sealed.Age, now time.Time) []AgeFinding {
	var findings []AgeFinding
	add := func(status EntryStatus, annotation string, at time.Time, format string, args ...any) {
		findings = append(findings, AgeFinding{status, annotation, at, fmt.Errorf(format, args...)})
	}
	for _, invalid := range age.Invalid {
		add(Malformed, invalid.Annotation, time.Time{}, "%w", invalid)
	}
	left := age.Expires.Sub(now)
	switch {
	case age.Expires.IsZero():
	case left <= 0:
		add(Expired, sealed.ExpiresAnnotation, age.Expires, "it expired on %s, %s ago",
			age.Expires.Format(time.DateOnly), duration.HumanDuration(-left))
	case left <= l.ExpiresWithin:
		add(ExpiresSoon, sealed.ExpiresAnnotation, age.Expires, "it expires on %s, in %s",
			age.Expires.Format(time.DateOnly), duration.HumanDuration(left))
	}
	if since, known := age.SinceSealed(now); known && l.MaxSecretAge > 0 && since > l.MaxSecretAge {
		add(Old, sealed.SealedAtAnnotation, age.SealedAt, "its plaintext was last set on %s, %s ago",
			age.SealedAt.Format(time.DateOnly), duration.HumanDuration(since))
	}
	return findings
}

// In adds what the finding shows to one of a report.
func (f AgeFinding) In(finding Finding) Finding {
	finding.Status, finding.Err, finding.Reason = f.Status, f.Err, f.Err.Error()
	switch {
	case f.At.IsZero():
	case f.Annotation == sealed.ExpiresAnnotation:
		finding.Expires = sealed.FormatTime(f.At)
	default:
		finding.SealedAt = sealed.FormatTime(f.At)
	}
	return finding
}

// ageFindings are findings about the age of the plaintext of a Secret.
func (v *verification) ageFindings(t *task) []Finding {
	var findings []Finding
	now := v.now()
	for _, f := range v.request.AgeFindings(sealed.ReadAge(t.live.Annotations, now), now) {
		findings = append(findings, f.In(t.found("", f.Status, f.Err)))
	}
	return findings
}

// ageUnknown reports whether it is not known when plaintext of a sealed Secret was set.
func (v *verification) ageUnknown(t *task) bool {
	return t.secret.IsSealed() && sealed.ReadAge(t.live.Annotations, v.now()).SealedAt.IsZero()
}
