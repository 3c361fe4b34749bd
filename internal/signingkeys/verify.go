package signingkeys

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-jose/go-jose/v4"
)

// ErrUnknownKey means that no key of a set verifies the token's signature.
var ErrUnknownKey = errors.New("no key verifies the token's signature")

// algorithms are those that Vault accepts. None is symmetric, so that no one can sign with a public key.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512,
		jose.PS256, jose.PS384, jose.PS512, jose.EdDSA}
}

// Verify verifies the signature of a token and returns its issuer. As Vault does, it tries keys without an ID and those
// with the token's ID. The error is ErrUnknownKey, or the text is not a signed token; it never contains the token.
func (s Set) Verify(token string) (issuer string, err error) {
	signed, err := jose.ParseSignedCompact(strings.TrimSpace(token), algorithms())
	if err != nil {
		return "", errors.New("the token is not a signed JWT")
	}
	id := signed.Signatures[0].Header.KeyID
	for _, key := range s.keys {
		if id != "" && key.KeyID != "" && key.KeyID != id {
			continue
		}
		if payload, err := signed.Verify(key.Key); err == nil {
			return issuerIn(payload)
		}
	}
	return "", ErrUnknownKey
}

// issuerIn reads the claim iss.
func issuerIn(payload []byte) (string, error) {
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", errors.New("the token has no readable claims")
	}
	return claims.Issuer, CheckIssuer(claims.Issuer)
}

// CheckIssuer refuses a name of an issuer that cannot be shown or given to Vault.
func CheckIssuer(issuer string) error {
	const most = 2048
	switch {
	case issuer == "":
		return errors.New("the issuer has no name")
	case len(issuer) > most:
		return fmt.Errorf("the issuer's name has more than %d bytes", most)
	case strings.ContainsFunc(issuer, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("the issuer's name %q has characters that are not printable", issuer)
	}
	return nil
}
