package manifest

import "github.com/vaultseal/kubectl-vaultseal/internal/document"

// Decode reads a document as kubectl does: objects are map[string]any and numbers json.Number. Its error has no value
// of the document.
func Decode(text []byte) (root any, err error) {
	if err := checkValues(text); err != nil {
		return nil, err
	}
	if line := checkLines(text); line != nil {
		return nil, line
	}
	object, err := asKubectl(text)
	if err != nil {
		if _, _, ours := parser(document.ToJSON).object(text); ours != nil { // it knows the line
			err = ours
		}
		if isTemplate(text) {
			err = &Error{Line: firstLine(text), Reason: ReasonDocumentTemplate}
		}
		return nil, err
	}
	return root, decodeObject(object, &root)
}

// ReasonDocumentTemplate is the Reason of a document that is no YAML before a template is rendered.
const ReasonDocumentTemplate = "it is a template, which cannot be read as it is"

// CheckObject refuses a document in which two readers may find different objects: with duplicate keys, for example.
func CheckObject(text []byte) error {
	_, _, err := parser(document.ToJSON).object(text)
	return err
}
