package transit

import (
	"errors"
	"strings"
)

// refusedLogin is the refusal of a login, whose hint names the signing key where that is what Vault does not know.
func (r *request) refusedLogin(a *answer) error {
	err := r.refusal(a)
	var refused *answerError
	if messages, _ := a.messages(); saysUnknownKey(messages) && errors.As(err, &refused) {
		refused.hint = "vault does not have the key that signed the token: the cluster's signing key was replaced, or " +
			strings.TrimSuffix(r.path, "/login") + " is another cluster's; an administrator gives vault the cluster's keys with kubectl vaultseal setup"
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
