package setup

import (
	"cmp"
	"fmt"
	"strings"
)

// Names in Vault that several installations share a list of: engines and policies. They are made from the auth mount,
// which is unique in a Vault, so that no installation gets the engine or the policies of another.

// DefaultKeys is where the keys are if nobody specifies it: in an engine of vaultseal's own, because the rotator's policy
// has a wildcard and must not reach other keys. Different auth mounts have different engines.
func DefaultKeys(authMount string) string {
	engine := "vaultseal"
	if authMount != "kubernetes" {
		engine += "-" + safe(authMount)
	}
	return engine + "/{namespace}"
}

// safe makes a part of a name from an auth mount. Different mounts give different texts, also where case does not
// count, as in the names of policies. Lower-case letters, digits, "_" and "-" stay. Every other byte, and a "-" at the
// end, where Transit does not allow it, becomes "." and two hexadecimal digits.
func safe(mount string) string {
	var text strings.Builder
	for n := range len(mount) {
		switch c := mount[n]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-' && n < len(mount)-1:
			text.WriteByte(c)
		default:
			fmt.Fprintf(&text, ".%02x", c)
		}
	}
	return text.String()
}

// Earlier, different auth mounts could get the same names: a/b and a-b, or kubernetes and the mount jwt of the method
// jwt. Installations from then keep theirs.

// olderKeys is what DefaultKeys was then.
func (i Installation) olderKeys() string {
	engine := "vaultseal"
	if i.AuthMount != string(i.Method) {
		engine += "-" + olderSafe(i.AuthMount)
	}
	return engine + "/{namespace}"
}

func olderSafe(mount string) string { return strings.ReplaceAll(mount, "/", "-") }

// policyName is the name of a role's policy.
func (i Installation) policyName(role string) string {
	return cmp.Or(i.policyPrefix, safe(i.AuthMount)) + "-" + role
}
