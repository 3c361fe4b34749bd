package manifest

import (
	"bytes"
	"encoding/json"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// parser parses a document and returns it as JSON.
type parser func(document.Format, []byte) ([]byte, error)

// parsed is one document of a text. It is parsed once here, and once as kubectl does it. Both must find the same.
type parsed struct {
	text    []byte
	format  document.Format // of the text
	json    []byte          // nil: it cannot be read
	top     object          // the document itself
	objects []object        // the items of lists in place of the lists
	secrets []item          // those of them that are Secrets

	kubectl *kubectlReading // nil: not read yet
}

// parse reads a document. With strict, an unknown field is an error of its Secret. The result has what could be read
// also if there is an error.
func (read parser) parse(text []byte, strict bool) (*parsed, error) {
	p := &parsed{text: text}
	root, err := p.readObject(read)
	if lineErr := checkLines(text); lineErr != nil {
		return p, lineErr
	}
	if err == nil {
		p.objects, err = walk{}.objects(root)
	}
	if err != nil {
		return p, err
	}
	p.readSecrets(strict)
	return p, nil
}

// readObject reads the document itself.
func (p *parsed) readObject(read parser) (root any, err error) {
	if p.json, p.format, err = read.object(p.text); err != nil {
		return nil, err
	}
	if err = decodeObject(p.json, &root); err == nil {
		p.top, err = walk{}.headed(root, object{})
	}
	return root, err
}

// object returns a document as JSON, with the checks of package document: no duplicate keys, UTF-8, a mapping.
func (read parser) object(text []byte) ([]byte, document.Format, error) {
	if err := checkValues(text); err != nil {
		return nil, "", err
	}
	if isObject(text) {
		object, err := read(document.JSON, text)
		return object, document.JSON, err
	}
	object, err := read(document.YAML, text)
	if err != nil && isJSON(text) {
		if _, jsonErr := read(document.JSON, text); jsonErr != nil {
			return nil, document.JSON, jsonErr
		}
	}
	return object, document.YAML, err
}

// readSecrets reads the Secrets among the objects.
func (p *parsed) readSecrets(strict bool) {
	for _, o := range p.objects {
		if o.isSecret() {
			p.secrets = append(p.secrets, item{object: o})
		}
	}
	if len(p.secrets) == 0 {
		return
	}
	root, err := treeOf(p.text)
	for n := range p.secrets {
		i := &p.secrets[n]
		if err == nil {
			i.node = nodeAt(root, i.place)
		}
		i.read(strict)
	}
	p.compareWithKubectl()
}

// isManifest reports whether the document is a Secret or a list.
func (p *parsed) isManifest() bool { return p.top.isSecret() || p.top.isList() }

func decodeObject(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}
