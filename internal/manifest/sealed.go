package manifest

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Sealed is a text of manifests and its Secrets.
type Sealed struct {
	raw      []byte
	encoding encoding
	text     []byte
	secrets  []located
	unread   []*Error

	documents int
	empty     bool
}

// located is a Secret and its place.
type located struct {
	secret *corev1.Secret
	part   part
	index  int // among the Secrets of its part
}

// ReadSealed finds the Secrets of YAML or JSON manifests and their lists: sealed ones, and plaintext ones with values.
// It skips other objects and templates of them. A document that may be a Secret and cannot be read does not hide the
// others: see Unread.
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
		read.raw, read.text = nil, nil // nothing in it can change
	}
	return read, nil
}

// isSealed reports whether a Secret has a ciphertext or the label of sealed Secrets.
func isSealed(secret *corev1.Secret) bool {
	return sealed.LooksSealed(secret) || secret.Labels[sealed.Label] == sealed.LabelValue
}

// Secrets are the Secrets in the order of the text. Their namespace may be empty.
func (s *Sealed) Secrets() []*corev1.Secret {
	secrets := make([]*corev1.Secret, len(s.secrets))
	for n, l := range s.secrets {
		secrets[n] = l.secret
	}
	return secrets
}

// Unread are the errors of documents that may be Secrets and could not be read.
func (s *Sealed) Unread() []*Error { return s.unread }

// secretsOf are the Secrets of a document. An error concerns the whole document, which may be a Secret. A document that
// cannot be read and that is not a Secret for kubectl either is skipped.
func secretsOf(text []byte) ([]item, error) {
	if err := checkValues(text); err != nil {
		return nil, err
	}
	p, err := parser(document.ToJSON).parse(text, false)
	forKubectl := p.kubectlSecrets()
	switch {
	case err != nil && forKubectl == 0 && !mayBeSecret(text):
		return nil, nil
	case err != nil && conflictLine(text) > 0:
		return nil, &Error{Line: conflictLine(text), Reason: "git's merge conflict is not resolved"}
	case err != nil && isTemplate(text):
		return nil, &Error{Line: firstLine(text), Reason: ReasonTemplate}
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
			i.err = i.checkNamed()
			i.unnamed = i.err != nil
		}
		if i.err == nil {
			i.err = i.checkNames()
		}
		if i.err != nil && isTemplate(i.json) {
			i.fail(nil, ReasonTemplate)
		}
	}
	return p.secrets, err
}

// firstLine is the number of the first line with content.
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

var conflictMarker = lazyregexp.New("(?m)^<<<<<<< ")

// conflictLine is the line of the first marker with which git begins a conflict, from 1; 0: none.
func conflictLine(text []byte) int {
	marker := conflictMarker().FindIndex(text)
	if marker == nil {
		return 0
	}
	return bytes.Count(text[:marker[0]], []byte("\n")) + 1
}

// checkOther fails if an object may be a Secret in spite of its kind: part of a truncated file, in which data comes
// before kind, or a sealed Secret within another object.
func (p *parsed) checkOther(line int) error {
	if err := p.checkKind(line); err != nil {
		return err
	}
	if p.top.kind != "Secret" && hidden(p.top.fields) {
		return &Error{Line: line, Reason: "there is a sealed Secret within an object of another kind, where it is " +
			"not read"}
	}
	return nil
}

// checkKind fails if an object that does not say its kind or version may be a Secret. A chart's Chart.yaml has an
// apiVersion and no kind, and none of a Secret's fields.
func (p *parsed) checkKind(line int) error {
	top := p.top
	data := top.fields["data"] != nil || top.fields["stringData"] != nil
	object := data || top.fields["metadata"] != nil || top.fields["items"] != nil
	switch {
	case top.kind == "" && (top.version != "" && object || mentionsSeal(p.json)):
		return &Error{Line: line, Reason: "it does not say its kind: the file may have been cut off",
			mayBeValues: top.version == ""}
	case top.kind == "Secret" && top.version == "" && data:
		return &Error{Line: line, Reason: "it does not say its apiVersion (v1)"}
	}
	return nil
}

// member is the value of a mapping under a name; nil: not found.
func member(mapping *yaml.Node, name string) *yaml.Node {
	if at := keyOf(mapping, name); at >= 0 {
		return mapping.Content[at+1]
	}
	return nil
}

// escapes are those of JSON. The YAML parser does not accept all of them.
var escapes = lazyregexp.New(`\\(u[0-9A-Fa-f]{4}|.)`)

// treeOf parses a document into YAML nodes, which have places. In JSON it first replaces tabs and escapes by as many
// other characters: the names and values of entries do not need them.
func treeOf(text []byte) (*yaml.Node, error) {
	if isObject(text) {
		text = escapes().ReplaceAllFunc(bytes.ReplaceAll(text, []byte("\t"), []byte(" ")), func(escape []byte) []byte {
			return bytes.Repeat([]byte("x"), len(escape))
		})
	}
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || root.Kind == 0 {
		return nil, errors.New("the places of its values cannot be found")
	}
	return &root, nil
}
