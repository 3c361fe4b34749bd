package manifest

import (
	"bytes"
	"errors"
	"regexp"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Sealed is the text of manifests and the Secrets in it.
type Sealed struct {
	raw      []byte
	encoding encoding
	text     []byte
	secrets  []located
	unread   []*Error

	documents int
	empty     bool
}

// located is a Secret and where it stands.
type located struct {
	secret *corev1.Secret
	part   part
	index  int // among the Secrets of its part
}

// ReadSealed finds the Secrets of manifests, YAML or JSON, in lists too: sealed ones, and plaintext ones that have
// values. What may be a Secret and cannot be read does not hide the others: see Unread. Other objects, and templates
// of others, are passed over.
func ReadSealed(raw []byte) (*Sealed, error) {
	text, encoding, err := decode(raw)
	if err != nil {
		return nil, err
	}
	read := &Sealed{raw: raw, encoding: encoding, text: text}
	parts := partsOf(text)
	if len(parts) > maxObjects {
		return nil, errTooMany
	}
	read.documents, read.empty = len(parts), len(parts) == 0
	for _, p := range parts {
		items, err := secretsOf(text[p.start:p.end])
		if err != nil {
			read.unread = append(read.unread, p.in(err, len(parts)))
		}
		for n, i := range items {
			switch {
			case i.err != nil:
				read.unread = append(read.unread, p.in(i.err, len(parts)))
			case isSealed(i.secret) || len(i.secret.Data) > 0:
				read.secrets = append(read.secrets, located{i.secret, p, n})
			}
		}
	}
	if len(read.secrets) == 0 {
		read.raw, read.text = nil, nil // there is nothing to change in it
	}
	return read, nil
}

// isSealed tells whether a Secret is sealed, or says so.
func isSealed(secret *corev1.Secret) bool {
	return sealed.LooksSealed(secret) || secret.Labels[sealed.Label] == sealed.LabelValue
}

// Secrets are the Secrets in the order of the text. What a manifest leaves out, as its namespace, is empty.
func (s *Sealed) Secrets() []*corev1.Secret {
	secrets := make([]*corev1.Secret, len(s.secrets))
	for n, l := range s.secrets {
		secrets[n] = l.secret
	}
	return secrets
}

// Unread is why documents that are, or may be, Secrets could not be read.
func (s *Sealed) Unread() []*Error { return s.unread }

// secretsOf are the Secrets of a document; an error is of the document as a whole, and only where it may be a Secret.
// What is not one for kubectl either is passed over.
func secretsOf(text []byte) ([]item, error) {
	if err := checkValues(text); err != nil {
		return nil, err
	}
	items, object, err := itemsOf(text, false)
	forKubectl := kubectlSecrets(text)
	switch {
	case err != nil && forKubectl == 0 && !mayBeSecret(text):
		return nil, nil
	case err != nil && isTemplate(text):
		return nil, &Error{Line: firstLine(text), Reason: reasonTemplate}
	case err != nil:
		return nil, err
	case len(items) < forKubectl:
		err = &Error{Line: firstLine(text), Reason: reasonKubectl}
	case len(items) == 0:
		return nil, checkOther(object, firstLine(text))
	}
	for n := range items {
		if i := &items[n]; i.err == nil {
			i.err = i.checkNames()
		}
		if items[n].err != nil && isTemplate(items[n].object) {
			items[n].fail(nil, reasonTemplate)
		}
	}
	return items, err
}

// firstLine is the first line of a document that says anything.
func firstLine(text []byte) int {
	number := 1
	for line := range bytes.Lines(text) {
		if !blank(line) {
			return number
		}
		number++
	}
	return 1
}

// checkOther makes sure that an object is not a Secret, as one may be that was cut off: the fields of a manifest are in
// the order of the alphabet, data before kind.
func checkOther(object []byte, line int) error {
	h, err := headOf(object)
	var value map[string]any
	if err == nil {
		err = decodeObject(object, &value)
	}
	if err != nil && mentionsSeal(object) {
		return err
	}
	data := value["data"] != nil || value["stringData"] != nil
	switch {
	case err == nil && h.Kind == "" && (h.APIVersion != "" || mentionsSeal(object)):
		return &Error{Line: line, Reason: "it does not say its kind: the file may have been cut off"}
	case h.Kind == "Secret" && h.APIVersion == "" && data:
		return &Error{Line: line, Reason: "it does not say its apiVersion (v1)"}
	case h.Kind != "Secret" && hidden(value):
		return &Error{Line: line, Reason: "there is a sealed Secret within an object of another kind, where it is not read"}
	}
	return nil
}

// nodesOf are the nodes of the same Secrets in the same order.
func nodesOf(root *yaml.Node) []*yaml.Node {
	for root.Kind == yaml.DocumentNode {
		root = root.Content[0]
	}
	root = resolved(root)
	version, kind := resolved(member(root, "apiVersion")), resolved(member(root, "kind"))
	switch {
	case version == nil || kind == nil || version.Value != "v1":
		return nil
	case kind.Value == "Secret":
		return []*yaml.Node{root}
	case kind.Value != "List" && kind.Value != "SecretList":
		return nil
	}
	var all []*yaml.Node
	if items := resolved(member(root, "items")); items != nil && items.Kind == yaml.SequenceNode {
		for _, item := range items.Content {
			all = append(all, nodesOf(item)...)
		}
	}
	return all
}

// member is what a mapping has under a name, nil for nothing.
func member(mapping *yaml.Node, name string) *yaml.Node {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for n := 0; n+1 < len(mapping.Content); n += 2 {
		if mapping.Content[n].Value == name {
			return mapping.Content[n+1]
		}
	}
	return nil
}

// escapes are JSON's, of which YAML's parser does not take all.
var escapes = regexp.MustCompile(`\\(u[0-9A-Fa-f]{4}|.)`)

// treeOf is a document as YAML's nodes, which know their places. Of JSON, tabs and escapes are read as other
// characters, as many: neither the names nor the values of entries need them.
func treeOf(text []byte) (*yaml.Node, error) {
	if isObject(text) {
		text = escapes.ReplaceAllFunc(bytes.ReplaceAll(text, []byte("\t"), []byte(" ")), func(escape []byte) []byte {
			return bytes.Repeat([]byte("x"), len(escape))
		})
	}
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || root.Kind == 0 {
		return nil, errors.New("the places of its values cannot be found")
	}
	return &root, nil
}
