package transit

import (
	"errors"
	"strings"
)

// KeyProblem is why the jwt method does not accept a token's signature, in so far as Vault's words tell.
type KeyProblem string

// The problems. Their words were tried on Vault 1.21.
const (
	NoKeyProblem KeyProblem = ""
	// UnknownStaticKey: none of the keys in Vault's configuration signed the token.
	UnknownStaticKey KeyProblem = "unknown static key"
	// UnknownReadKey: none of the keys that Vault has just read at a URL signed the token.
	UnknownReadKey KeyProblem = "unknown key at a URL"
	// UnreadKeys: Vault cannot read the keys at its URL.
	UnreadKeys KeyProblem = "unread keys"
	// OtherIssuer: the token is signed with a known key, and Vault is configured for another issuer.
	OtherIssuer KeyProblem = "other issuer"
)

// refusedLogin is the refusal of a login, which reports what is wrong with the signature of the token.
func (r *request) refusedLogin(a *answer) error {
	err := r.refusal(a)
	var refused *RefusedError
	if messages, _ := a.messages(); errors.As(err, &refused) {
		refused.KeyProblem = keyProblem(messages)
	}
	return err
}

func keyProblem(messages []string) KeyProblem {
	text := strings.Join(messages, "\n")
	for _, known := range []struct {
		words   string
		problem KeyProblem
	}{
		{"no known key successfully validated the token signature", UnknownStaticKey},
		// The server's own answer follows these words, and could repeat any of the others.
		{"error verifying token signature: fetching keys", UnreadKeys},
		{"keyset configuration error", UnreadKeys}, // Vault reads the issuer's document at the first login
		{"failed to verify id token signature", UnknownReadKey},
		{"invalid issuer (iss) claim", OtherIssuer},
	} {
		if strings.Contains(text, known.words) {
			return known.problem
		}
	}
	return NoKeyProblem
}
