package sealed

import (
	"encoding/base64"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// ciphertextStart is how each ciphertext of Transit starts, whatever its version.
const ciphertextStart = "vault:v"

// BrokenCiphertext says what is wrong with a value that looks like a ciphertext and is invalid: one that is cut off,
// has a line end, or is encoded again. To seal it again would hide the mistake. The result is empty for a ciphertext
// and for any other value, and never quotes the value.
func BrokenCiphertext(value string) string {
	_, err := transit.ParseCiphertext(value)
	if err == nil {
		return ""
	}
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, ciphertextStart) {
		return err.Error()
	}
	decoded, err := base64.StdEncoding.DecodeString(value)
	if err == nil && strings.HasPrefix(strings.TrimSpace(string(decoded)), ciphertextStart) {
		return "it is the base64 of a ciphertext: data takes the base64 of the ciphertext, and stringData the " +
			"ciphertext itself"
	}
	return ""
}
