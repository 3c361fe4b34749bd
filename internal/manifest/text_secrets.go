package manifest

import (
	"encoding/base64"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// SecretAt is a Secret of a Text. Its name is empty if it has generateName.
type SecretAt struct {
	*corev1.Secret // stringData is merged into data, as the API server does

	Document int   // of the text
	items    []int // the indexes of the items of lists that lead to it
	read     item
	// Overridden are the values of entries in data that are not ciphertext and that stringData overrides. The API
	// server does not read them, but everyone who reads the file does.
	Overridden map[string][]byte
}

// About is an error about an entry, with its line in the document. In adds the file.
func (s *SecretAt) About(entry, reason string) error {
	field := "data"
	if _, found := s.stringData()[entry]; found {
		field = "stringData"
	}
	return s.read.about([]string{field, entry}, reason)
}

// MadeByTemplate reports whether a template makes all of the value of an entry, such as "{{ .Values.a }}". Then the
// text is not the value.
func (s *SecretAt) MadeByTemplate(entry string) bool {
	text, _ := s.stringData()[entry].(string)
	return len(actionsOf(text)) > 0
}

func (s *SecretAt) stringData() map[string]any {
	values, _ := s.read.fields["stringData"].(map[string]any)
	return values
}

// TextSecrets are the Secrets of a Text.
type TextSecrets struct {
	Secrets []*SecretAt // in the order of the text
	// Nested are the lines of documents of another kind that contain a Secret with values. kubectl does not create it.
	Nested []int
}

// maxErrors is how many errors of one text are shown.
const maxErrors = 10

// Secrets finds the Secrets of all documents and lists. A document that is not a Secret, for kubectl either, may be
// anything. A document that may be a Secret and cannot be read, and a Secret with an unknown field, in which a value
// may be, are errors. The error lists the first ones.
func (t *Text) Secrets() (TextSecrets, error) {
	var all TextSecrets
	var failed []error
	for n, p := range t.parts {
		items, nested, err := secretsToEdit(t.of(p))
		if err != nil {
			failed = append(failed, p.in(err, len(t.parts)))
		}
		if nested > 0 {
			all.Nested = append(all.Nested, p.line+nested)
		}
		for _, i := range items {
			if i.err != nil {
				failed = append(failed, p.in(i.err, len(t.parts)))
				continue
			}
			all.Secrets = append(all.Secrets, &SecretAt{Secret: i.secret, Document: n, items: i.place,
				read: i, Overridden: overridden(i.fields)})
		}
	}
	return all, t.joinedErrors(failed)
}

// overridden returns the values in data that are not sealed, of entries that stringData has too.
func overridden(fields map[string]any) map[string][]byte {
	values := map[string][]byte{}
	data, _ := fields["data"].(map[string]any)
	stringData, _ := fields["stringData"].(map[string]any)
	for name := range stringData {
		text, found := data[name].(string)
		if !found {
			continue
		}
		value, err := base64.StdEncoding.DecodeString(text)
		if err == nil {
			_, err = transit.ParseCiphertext(string(value))
		}
		if err != nil {
			values[name] = value
		}
	}
	return values
}

func (t *Text) joinedErrors(failed []error) error {
	var all error
	for _, err := range failed[:min(len(failed), maxErrors)] {
		all = joined(all, fmt.Errorf("%s: %w", t.Name(), err))
	}
	if more := len(failed) - maxErrors; more > 0 {
		all = fmt.Errorf("%w; and %d more", all, more)
	}
	return all
}

// In adds the file, the document and the line of a Secret to an error.
func (t *Text) In(secret *SecretAt, err error) error {
	return fmt.Errorf("%s: %w", t.Name(), t.Locate(secret.Document, err, secret.items))
}

// secretsToEdit are the Secrets of a document. nested is the line of a document that contains a Secret which kubectl
// does not create; 0: it contains no such Secret.
func secretsToEdit(text []byte) (items []item, nested int, err error) {
	if err := checkValues(text); err != nil {
		return nil, 0, err
	}
	p, err := parser(document.ToJSON).parse(text, true)
	forKubectl := p.kubectlSecrets()
	switch {
	case err != nil && forKubectl == 0 && !mayBeSecret(text):
		return nil, 0, nil
	case err != nil && isTemplate(text):
		return nil, 0, &Error{Line: firstLine(text), Reason: ReasonTemplate}
	case err != nil:
		return nil, 0, err
	case len(p.secrets) < forKubectl:
		return nil, 0, &Error{Line: firstLine(text), Reason: reasonKubectl}
	}
	if err := p.checkKind(firstLine(text)); err != nil && !mayBeValues(err) {
		return nil, 0, err
	}
	for n := range p.secrets {
		i := &p.secrets[n]
		if i.err == nil && i.secret.GenerateName == "" {
			i.err = i.checkNamed()
		}
		if i.err == nil {
			i.err = i.checkNames()
		}
		if i.err != nil && isTemplate(i.json) {
			i.fail(nil, ReasonTemplate)
		}
	}
	for _, o := range others(p.objects) {
		if containsSecret(o.fields) {
			nested = firstLine(text)
		}
	}
	return p.secrets, nested, nil
}

// containsSecret reports whether a value contains a Secret with entries.
func containsSecret(value any) bool {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if containsSecret(item) {
				return true
			}
		}
	case map[string]any:
		data, _ := value["data"].(map[string]any)
		stringData, _ := value["stringData"].(map[string]any)
		if value["kind"] == "Secret" && value["apiVersion"] == "v1" && len(data)+len(stringData) > 0 {
			return true
		}
		for _, item := range value {
			if containsSecret(item) {
				return true
			}
		}
	}
	return false
}
