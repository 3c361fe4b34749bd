package sealed

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const namespacePlaceholder = "{namespace}"

// KeyTemplate is a configured transit key in which "{namespace}" stands for the namespace of the Secret, so that each
// namespace can have its own key. The zero value means that no key is configured.
type KeyTemplate struct {
	text string
}

// ParseKeyTemplate reads "[MOUNT/]NAME" with any number of "{namespace}". Empty text is the zero template.
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

// For returns the transit key of a namespace.
func (t KeyTemplate) For(namespace string) (transit.Key, error) {
	if strings.Contains(namespace, "/") {
		return transit.Key{}, fmt.Errorf("transit key %s: %q is not a namespace", t.text, namespace)
	}
	return transit.ParseKey(strings.ReplaceAll(t.text, namespacePlaceholder, namespace))
}

// NamespaceOf returns the namespace that a key belongs to. It returns false if the template cannot make this key, or
// makes the same key for all namespaces.
func (t KeyTemplate) NamespaceOf(key transit.Key) (string, bool) {
	const some = "x0-namespace-0x" // unlikely to be in the rest of the template
	made, err := t.For(some)
	if err != nil || !t.PerNamespace() {
		return "", false
	}
	parts, text := strings.Split(made.String(), some), key.String()
	length := (len(text)-len(made.String()))/(len(parts)-1) + len(some)
	if length <= 0 || !strings.HasPrefix(text, parts[0]) || len(text) < len(parts[0])+length {
		return "", false
	}
	namespace := text[len(parts[0]) : len(parts[0])+length]
	if again, err := t.For(namespace); err != nil || again != key {
		return "", false
	}
	return namespace, true
}

// IsZero reports whether no key is configured.
func (t KeyTemplate) IsZero() bool { return t.text == "" }

// PerNamespace reports whether each namespace has its own key.
func (t KeyTemplate) PerNamespace() bool { return strings.Contains(t.text, namespacePlaceholder) }

func (t KeyTemplate) String() string { return t.text }
