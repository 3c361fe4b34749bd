package transit

import (
	"errors"
	"strings"
)

// refusedLogin is the refusal of a login, which reports whether Vault lacks the key that signed the token.
func (r *request) refusedLogin(a *answer) error {
	err := r.refusal(a)
	var refused *RefusedError
	if messages, _ := a.messages(); saysUnknownKey(messages) && errors.As(err, &refused) {
		refused.UnknownSigningKey = true
	}
	return err
}

// saysUnknownKey tells a token whose signature no key of the jwt method verifies: the first words are for static keys,
// the second for those that are read at a URL (tried on 1.21).
func saysUnknownKey(messages []string) bool {
	text := strings.Join(messages, "\n")
	return strings.Contains(text, "no known key successfully validated the token signature") ||
		strings.Contains(text, "failed to verify id token signature")
}
