package manifest

import (
	"bytes"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Signs of a Secret in a text that cannot be read, outside comments.
var (
	kindLine = lazyregexp.New(`(?m)(?:^[\s\x{feff}-]*|[{,]\s*)["']?kind["']?\s*:\s*` +
		`(?:[!&]\S+\s+)*["']?([^\s"',}#]*)`)
	dataLine = lazyregexp.New(`(?m)(?:^[\s\x{feff}-]*|[{,]\s*)["']?(?:data|stringData)["']?\s*:`)
	versions = lazyregexp.New(`(?m)(?:^[\s\x{feff}-]*|[{,]\s*)["']?apiVersion["']?\s*:`)
)

// mayBeSecret reports whether a text that is not a well-formed document may be a Secret with values: it has a
// ciphertext or the label of sealed Secrets, it has kind Secret, or it has no kind.
func mayBeSecret(text []byte) bool {
	if mentionsSeal(text) {
		return true
	}
	kinds := kindLine().FindAllSubmatch(text, -1)
	for _, kind := range kinds {
		switch name := string(kind[1]); {
		case name == "Secret", name == "SecretList":
			return true
		case (name == "" || strings.ContainsAny(name, "{*$")) && dataLine().Match(text):
			return true // a template sets the kind
		}
	}
	return len(kinds) == 0 && (dataLine().Match(text) || versions().Match(text))
}

// mentionsSeal reports whether a text has the label of sealed Secrets, or a ciphertext as text or in base64.
func mentionsSeal(text []byte) bool {
	for _, mark := range []string{sealed.Label, "vault:v", "dmF1bHQ6d"} {
		if bytes.Contains(text, []byte(mark)) {
			return true
		}
	}
	return false
}

func isTemplate(text []byte) bool { return bytes.Contains(text, []byte("{{")) }

// hidden reports whether a sealed Secret is inside another object, such as an OpenShift Template.
func hidden(value any) bool {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if hidden(item) {
				return true
			}
		}
	case map[string]any:
		if value["kind"] == "Secret" && value["apiVersion"] == "v1" && hasCiphertext(value) {
			return true
		}
		for _, item := range value {
			if hidden(item) {
				return true
			}
		}
	}
	return false
}

func hasCiphertext(secret map[string]any) bool {
	for _, field := range fields() {
		entries, _ := secret[field].(map[string]any)
		for _, value := range entries {
			if text, ok := value.(string); ok &&
				(strings.HasPrefix(text, "vault:v") || strings.HasPrefix(text, "dmF1bHQ6d")) {
				return true
			}
		}
	}
	return false
}
