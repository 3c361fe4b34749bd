package manifest

import (
	"bytes"
	"errors"
	"regexp"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
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
	d, err := split(raw)
	if err != nil {
		return nil, err
	}
	read := &Sealed{raw: raw, encoding: d.encoding, text: d.text, documents: len(d.parts), empty: len(d.parts) == 0}
	for _, p := range d.parts {
		items, err := secretsOf(d.of(p))
		if err != nil {
			read.unread = append(read.unread, p.in(err, len(d.parts)))
		}
		for n, i := range items {
			switch {
			case i.err != nil:
				read.unread = append(read.unread, p.in(i.err, len(d.parts)))
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
	p, err := parser(document.ToJSON).parse(text, false)
	forKubectl := p.kubectlSecrets()
	switch {
	case err != nil && forKubectl == 0 && !mayBeSecret(text):
		return nil, nil
	case err != nil && isTemplate(text):
		return nil, &Error{Line: firstLine(text), Reason: reasonTemplate}
	case err != nil:
		return nil, err
	case len(p.secrets) < forKubectl:
		err = &Error{Line: firstLine(text), Reason: reasonKubectl}
	case len(p.secrets) == 0:
		return nil, p.checkOther(firstLine(text))
	}
	for n := range p.secrets {
		i := &p.secrets[n]
		if i.err == nil {
			i.err = i.checkNames()
		}
		if i.err != nil && isTemplate(i.json) {
			i.fail(nil, reasonTemplate)
		}
	}
	return p.secrets, err
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
func (p *parsed) checkOther(line int) error {
	top := p.top
	data := top.fields["data"] != nil || top.fields["stringData"] != nil
	switch {
	case top.kind == "" && (top.version != "" || mentionsSeal(p.json)):
		return &Error{Line: line, Reason: "it does not say its kind: the file may have been cut off"}
	case top.kind == "Secret" && top.version == "" && data:
		return &Error{Line: line, Reason: "it does not say its apiVersion (v1)"}
	case top.kind != "Secret" && hidden(top.fields):
		return &Error{Line: line, Reason: "there is a sealed Secret within an object of another kind, where it is not read"}
	}
	return nil
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
