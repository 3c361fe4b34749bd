package sealed

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const namespacePlaceholder = "{namespace}"

// KeyTemplate is a configured transit key in which "{namespace}" stands for
// the namespace of the Secret, so that each namespace can have its own key.
// The zero value is no key at all.
type KeyTemplate struct {
	text string
}

// ParseKeyTemplate reads "[MOUNT/]NAME" with any number of "{namespace}". The
// empty text is the zero template.
func ParseKeyTemplate(text string) (KeyTemplate, error) {
	if text == "" {
		return KeyTemplate{}, nil
	}
	template := KeyTemplate{text: text}
	if _, err := template.For("default"); err != nil {
		return KeyTemplate{}, err
	}
	return template, nil
}

// For is the transit key of a namespace.
func (t KeyTemplate) For(namespace string) (transit.Key, error) {
	if strings.Contains(namespace, "/") {
		return transit.Key{}, fmt.Errorf("transit key %s: %q is no namespace", t.text, namespace)
	}
	return transit.ParseKey(strings.ReplaceAll(t.text, namespacePlaceholder, namespace))
}

// IsZero tells whether no key was given.
func (t KeyTemplate) IsZero() bool { return t.text == "" }

// PerNamespace tells whether the key differs from one namespace to the next.
func (t KeyTemplate) PerNamespace() bool { return strings.Contains(t.text, namespacePlaceholder) }

func (t KeyTemplate) String() string { return t.text }
