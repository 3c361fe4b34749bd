package sealed

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The annotations about the age of a Secret's plaintext. They are notes: everyone who may edit the Secret can write
// them. They decide nothing but what is shown and reported about the age.
const (
	// SealedAtAnnotation holds when plaintext of the Secret was last set. A rewrap keeps it.
	SealedAtAnnotation = "vaultseal.dev/sealed-at"
	// ExpiresAnnotation holds when the plaintext is to be replaced at the latest.
	ExpiresAnnotation = "vaultseal.dev/expires"
)

// Age is what the annotations of a Secret say about the age of its plaintext.
type Age struct {
	SealedAt time.Time          // zero: not known
	Expires  time.Time          // zero: never, or not known
	Invalid  []*AnnotationError // the annotations that are not times, in the order sealed-at, expires
}

// maxClockSkew is how much later than now a Secret may have been sealed, by another machine's clock.
const maxClockSkew = 5 * time.Minute

// ReadAge reads the annotations. When a Secret was sealed is not known if that would be in the future.
func ReadAge(annotations map[string]string, now time.Time) Age {
	var age Age
	for _, one := range []struct {
		annotation string
		at         *time.Time
	}{{SealedAtAnnotation, &age.SealedAt}, {ExpiresAnnotation, &age.Expires}} {
		text, found := annotations[one.annotation]
		if !found {
			continue
		}
		at, err := ParseTime(text)
		if err != nil {
			age.Invalid = append(age.Invalid, &AnnotationError{one.annotation, err})
			continue
		}
		*one.at = at
	}
	if age.SealedAt.After(now.Add(maxClockSkew)) {
		age.SealedAt = time.Time{}
	}
	return age
}

// UnknownExpiry reports whether the annotation of the expiry is not a time.
func (a Age) UnknownExpiry() bool {
	return slices.ContainsFunc(a.Invalid, func(e *AnnotationError) bool { return e.Annotation == ExpiresAnnotation })
}

// SinceSealed is how long ago plaintext was last set; false: not known.
func (a Age) SinceSealed(now time.Time) (time.Duration, bool) {
	if a.SealedAt.IsZero() {
		return 0, false
	}
	return max(0, now.Sub(a.SealedAt)), true
}

// The years that a time of an annotation can have, in UTC. Kubernetes is younger than the first. RFC 3339, and so JSON,
// has none after the last.
const firstYear, lastYear = 1970, 9999

// maxTimeLen is longer than every time in the forms that are read.
const maxTimeLen = 64

// ParseTime reads a time in RFC 3339, or a date, which is its first moment in UTC.
func ParseTime(text string) (time.Time, error) {
	at, valid := parseTime(text)
	if at = at.UTC(); !valid || at.Year() < firstYear || at.Year() > lastYear {
		return time.Time{}, &TimeError{text}
	}
	return at.Truncate(time.Second), nil
}

func parseTime(text string) (at time.Time, valid bool) {
	if len(text) > maxTimeLen {
		return at, false
	}
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, true
	}
	at, err := time.Parse(time.RFC3339, text)
	// Go takes hours of one digit, a comma before a fraction, and offsets of a day or with 60 minutes. RFC 3339 does
	// not.
	_, offset := at.Zone()
	return at, err == nil && strings.HasPrefix(text, at.Format("2006-01-02T15:04:05")) &&
		!strings.Contains(text, ",") && !strings.HasSuffix(text, ":60") &&
		max(offset, -offset) < int((24*time.Hour).Seconds())
}

// FormatTime writes a time as the annotations have it: RFC 3339 in UTC, with seconds.
func FormatTime(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// TimeError says that a text is not a time.
type TimeError struct{ Text string }

func (e *TimeError) Error() string {
	return fmt.Sprintf("%.40q is not a time such as 2027-03-01T00:00:00Z, or a date such as 2027-03-01", e.Text)
}

// Expiry is a change of ExpiresAnnotation. The zero value keeps it.
type Expiry struct {
	Given bool
	At    time.Time // zero: the annotation is removed
}

// AgeChange is a change of the annotations about the age. The zero value keeps them.
type AgeChange struct {
	SealedAt time.Time // zero: the annotation stays
	Expires  Expiry
}

// Annotations are the changed annotations; nil removes one.
func (c AgeChange) Annotations() map[string]any {
	annotations := map[string]any{}
	if !c.SealedAt.IsZero() {
		annotations[SealedAtAnnotation] = FormatTime(c.SealedAt)
	}
	switch {
	case !c.Expires.Given:
	case c.Expires.At.IsZero():
		annotations[ExpiresAnnotation] = nil
	default:
		annotations[ExpiresAnnotation] = FormatTime(c.Expires.At)
	}
	return annotations
}

// isTime reports whether an annotation is about the age, and a time. It is then no copy of a value, even if a value is
// a time.
func isTime(annotation, text string) bool {
	_, err := ParseTime(text)
	return err == nil && (annotation == SealedAtAnnotation || annotation == ExpiresAnnotation)
}
