package setup

import (
	"cmp"
	"fmt"
	"strings"
)

// Several installations share the lists of engines and policies in Vault. Their names come from the auth mount, which
// is unique in a Vault, so that no installation gets the engine or the policies of another.

// DefaultKeys returns the keys that setup uses by default: in an engine of their own, because the rotator's policy has
// a wildcard and must not include other keys. Different auth mounts have different engines.
func DefaultKeys(authMount string) string {
	engine := "vaultseal"
	if authMount != "kubernetes" {
		engine += "-" + safe(authMount)
	}
	return engine + "/{namespace}"
}

// safe converts an auth mount to a part of a name. Different mounts give different texts, even if case is ignored, as
// in the names of policies. Lower-case letters, digits, "_" and "-" stay. Every other byte, and a "-" at the end, where
// Transit does not allow it, becomes "." and two hexadecimal digits.
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

// Earlier versions gave some different auth mounts the same names: a/b and a-b, or kubernetes and the mount jwt of the
// method jwt. Their installations keep these names.

// olderKeys is DefaultKeys of those versions.
func (i Installation) olderKeys() string {
	engine := "vaultseal"
	if i.AuthMount != string(i.Method) {
		engine += "-" + olderSafe(i.AuthMount)
	}
	return engine + "/{namespace}"
}

func olderSafe(mount string) string { return strings.ReplaceAll(mount, "/", "-") }

// policyName returns the name of a role's policy.
func (i Installation) policyName(role string) string {
	return cmp.Or(i.policyPrefix, safe(i.AuthMount)) + "-" + role
}
