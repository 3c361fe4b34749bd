package manifest

import (
	"errors"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// Plain is a text of plaintext Secret manifests, or a document to seal as an entry. Reading it parses it once.
type Plain struct {
	// IsManifest reports whether the text has an object of kind Secret, SecretList or List, and version v1.
	IsManifest bool

	read    parser
	raw     []byte
	secrets []*corev1.Secret
	err     error
	checked document.Format // the text is one well-formed document of this format; empty: of none
}

// ReadPlain parses the text of a file.
func ReadPlain(raw []byte) *Plain { return parser(document.ToJSON).plain(raw) }

func (read parser) plain(raw []byte) *Plain {
	plain := &Plain{read: read, raw: raw}
	d, err := split(raw)
	if err != nil {
		plain.err = err
		return plain
	}
	for _, p := range d.parts {
		if plain.IsManifest && plain.err != nil {
			break
		}
		one, err := read.parse(d.of(p), true)
		plain.IsManifest = plain.IsManifest || one.isManifest()
		if one.json != nil && d.isOnly(p, one.format) {
			plain.checked = one.format
		}
		if err == nil {
			err = plain.take(one)
		}
		if err != nil && plain.err == nil {
			plain.err = p.in(err, len(d.parts))
		}
	}
	if plain.err == nil && len(plain.secrets) == 0 {
		plain.err = errors.New("there is no Secret in it")
	}
	return plain
}

var errNoSecret = errors.New("it is not a Secret (apiVersion: v1, kind: Secret)")

// take adds the Secrets of a document, which must have only Secrets.
func (p *Plain) take(one *parsed) error {
	for _, o := range one.objects {
		if !o.isSecret() {
			return o.inItems(errNoSecret)
		}
	}
	for _, i := range one.secrets {
		if i.err == nil {
			i.err = i.checkNamed()
		}
		if i.err != nil {
			return i.err
		}
		p.secrets = append(p.secrets, i.secret)
	}
	return nil
}

// Secrets are the Secrets of all documents and lists, in the order of the text. stringData is merged into data, as the
// API server does. Empty documents are skipped. Other objects, unknown fields, and anything that kubectl reads
// differently are an error.
func (p *Plain) Secrets() ([]*corev1.Secret, error) {
	if p.err != nil {
		return nil, p.err
	}
	return p.secrets, nil
}

// CheckDocument checks that the text is one well-formed document of the format, as document.Check does.
func (p *Plain) CheckDocument(format document.Format) error {
	if p.checked == format {
		return nil
	}
	_, err := p.read(format, p.raw)
	return err
}

// isOnly reports whether the text has only this document. In YAML a line of dashes may precede it.
func (d documents) isOnly(p part, format document.Format) bool {
	before := d.text[:p.start]
	dashes := format == document.YAML && (string(before) == "---\n" || string(before) == "---\r\n")
	return d.encoding == inUTF8 && p.end == len(d.text) && (len(before) == 0 || dashes)
}
