package doctor

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims is what a ServiceAccount's token says of itself. Nobody has verified it.
type claims struct {
	subject  string
	audience []string
	issued   time.Time
	expires  time.Time // zero: never
}

// lifetime is how long the token is good for, from its making.
func (c claims) lifetime() time.Duration { return c.expires.Sub(c.issued) }

// parseClaims reads a JWT's claims; false for what is none.
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
	if json.Unmarshal(payload, &said) != nil {
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

// unixTime is a time in seconds of Unix; 0 is no time.
func unixTime(seconds float64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
