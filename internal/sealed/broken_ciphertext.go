package sealed

import (
	"encoding/base64"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	// ciphertextStart is how each ciphertext of Transit starts, whatever its version.
	ciphertextStart = "vault:v"
	// whiteSpace is what people add at the ends of a text without seeing it.
	whiteSpace = " \t\r\n"
)

// BrokenCiphertext says what is wrong with a value that looks like a ciphertext and is invalid: one that is cut off,
// has a line end, or is encoded again. To seal it again would hide the mistake. The result is empty for a ciphertext
// and for any other value, and never quotes the value. docs/format.md defines what is broken.
func BrokenCiphertext(value string) string {
	_, err := transit.ParseCiphertext(value)
	if err == nil {
		return ""
	}
	value = strings.Trim(value, whiteSpace)
	if strings.HasPrefix(value, ciphertextStart) {
		return err.Error()
	}
	decoded, err := base64.StdEncoding.DecodeString(value)
	if err == nil && strings.HasPrefix(strings.Trim(string(decoded), whiteSpace), ciphertextStart) {
		return "it is the base64 of a ciphertext: data takes the base64 of the ciphertext, and stringData the " +
			"ciphertext itself"
	}
	return ""
}
