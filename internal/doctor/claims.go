package doctor

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims are the unverified claims of a ServiceAccount token.
type claims struct {
	subject  string
	audience []string
	issued   time.Time
	expires  time.Time // zero: never
}

// lifetime is the time between issue and expiry.
func (c claims) lifetime() time.Duration { return c.expires.Sub(c.issued) }

// parseClaims reads the claims of a JWT. It returns false for any other text.
func parseClaims(jwt string) (claims, bool) {
	parts := strings.Split(strings.TrimSpace(jwt), ".")
	if len(parts) != 3 {
		return claims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims{}, false
	}
	var said struct {
		Subject  string          `json:"sub"`
		Audience json.RawMessage `json:"aud"` // one or several
		Issued   float64         `json:"iat"`
		Expires  float64         `json:"exp"`
	}
	if json.Unmarshal(payload, &said) != nil || !isSecond(said.Issued) || !isSecond(said.Expires) {
		return claims{}, false
	}
	c := claims{subject: said.Subject, issued: unixTime(said.Issued), expires: unixTime(said.Expires)}
	var one string
	if json.Unmarshal(said.Audience, &one) == nil {
		c.audience = []string{one}
	} else if len(said.Audience) > 0 && json.Unmarshal(said.Audience, &c.audience) != nil {
		return claims{}, false
	}
	return c, true
}

// isSecond reports whether seconds of Unix are a time that reports can hold: up to the year 9999.
func isSecond(seconds float64) bool { return seconds >= 0 && seconds <= 253402300799 }

// unixTime converts seconds of Unix to a time; 0 is the zero Time.
func unixTime(seconds float64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
