package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	kjson "sigs.k8s.io/json"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
)

// Sealed is the text of manifests and the sealed Secrets in it.
type Sealed struct {
	text    []byte
	secrets []located
}

// located is a Secret and where it stands.
type located struct {
	secret *corev1.Secret
	part   part
	index  int // among the Secrets of its part
}

// part is one YAML document of a text, or all of a JSON text.
type part struct {
	number     int // from 1, among those that say anything
	start, end int // bytes of the text
}

// ReadSealed finds the sealed Secrets of manifests, YAML or JSON: those that are labelled so, or have a value that is a
// ciphertext, in lists too. Documents in which nothing of that can be seen are passed over unread, so that
// others than manifests, templates for instance, do no harm.
func ReadSealed(text []byte) (*Sealed, error) {
	read := &Sealed{text: text}
	parts := partsOf(text)
	for _, p := range parts {
		if !mentionsSeal(text[p.start:p.end]) {
			continue
		}
		secrets, err := secretsOf(text[p.start:p.end])
		if err != nil && len(parts) > 1 {
			err = fmt.Errorf("document %d: %w", p.number, err)
		}
		if err != nil {
			return nil, err
		}
		for n, secret := range secrets {
			if sealed.LooksSealed(secret) || secret.Labels[sealed.Label] == sealed.LabelValue {
				read.secrets = append(read.secrets, located{secret, p, n})
			}
		}
	}
	return read, nil
}

// Secrets are the sealed Secrets in the order of the text. What a manifest leaves out, as its namespace, is empty.
func (s *Sealed) Secrets() []*corev1.Secret {
	secrets := make([]*corev1.Secret, len(s.secrets))
	for n, l := range s.secrets {
		secrets[n] = l.secret
	}
	return secrets
}

// partsOf divides a text at its lines of three dashes. What says nothing is left out.
func partsOf(text []byte) []part {
	if isJSON(text) {
		return []part{{number: 1, end: len(text)}}
	}
	var parts []part
	add := func(start, end int) {
		if !blank(text[start:end]) {
			parts = append(parts, part{number: len(parts) + 1, start: start, end: end})
		}
	}
	start, at := 0, 0
	for line := range bytes.Lines(text) {
		if separates(line) {
			add(start, at)
			start = at
		}
		at += len(line)
	}
	add(start, at)
	return parts
}

func separates(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte("---"))
	return found && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

// mentionsSeal tells whether a text may have a sealed Secret in it: its label, or a ciphertext, in clear or in base64.
func mentionsSeal(text []byte) bool {
	for _, mark := range []string{sealed.Label, "vault:v", "dmF1bHQ6d"} {
		if bytes.Contains(text, []byte(mark)) {
			return true
		}
	}
	return false
}

// secretsOf are the Secrets of a document, in order, whatever else it has.
func secretsOf(text []byte) ([]*corev1.Secret, error) {
	object, err := objectOf(text)
	if err != nil {
		return nil, err
	}
	var secrets []*corev1.Secret
	for _, one := range flattened(object) {
		secret := &corev1.Secret{}
		if kjson.UnmarshalCaseSensitivePreserveInts(one, secret) != nil {
			return nil, errors.New("it is no well-formed Secret: values of data are base64, those of stringData, labels and annotations text")
		}
		mergeStringData(secret)
		if err := checkNames(secret); err != nil {
			return nil, err
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// checkNames refuses names that the API server would: contexts and the names of files are made of them.
func checkNames(secret *corev1.Secret) error {
	switch {
	case secret.Name == "":
		return errors.New("it has no name")
	case len(validation.IsDNS1123Subdomain(secret.Name)) > 0:
		return errors.New("its name is none that a Secret can have")
	case secret.Namespace != "" && len(validation.IsDNS1123Label(secret.Namespace)) > 0:
		return fmt.Errorf("secret %s: its namespace is none", secret.Name)
	}
	for entry := range secret.Data {
		if len(validation.IsConfigMapKey(entry)) > 0 {
			return fmt.Errorf("secret %s: the name of an entry is none: want letters, digits, '-', '_' and '.'", secret.Name)
		}
	}
	return nil
}

// flattened are the objects of kind Secret, those of lists in place of the list.
func flattened(object []byte) [][]byte {
	h, err := headOf(object)
	switch {
	case err != nil || h.APIVersion != "v1":
		return nil
	case h.Kind == "Secret":
		return [][]byte{object}
	case h.Kind != "List" && h.Kind != "SecretList":
		return nil
	}
	var list struct {
		Items []rawObject `json:"items"`
	}
	if json.Unmarshal(object, &list) != nil {
		return nil
	}
	var all [][]byte
	for _, item := range list.Items {
		all = append(all, flattened(item)...)
	}
	return all
}

// nodesOf are the nodes of the same Secrets in the same order.
func nodesOf(root *yaml.Node) []*yaml.Node {
	for root.Kind == yaml.DocumentNode {
		root = root.Content[0]
	}
	version, kind := member(root, "apiVersion"), member(root, "kind")
	switch {
	case version == nil || kind == nil || version.Value != "v1":
		return nil
	case kind.Value == "Secret":
		return []*yaml.Node{root}
	case kind.Value != "List" && kind.Value != "SecretList":
		return nil
	}
	var all []*yaml.Node
	if items := member(root, "items"); items != nil && items.Kind == yaml.SequenceNode {
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
	if isJSON(text) {
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
