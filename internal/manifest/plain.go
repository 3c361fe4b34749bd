package manifest

import (
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/json"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// IsManifest tells whether the text is of Secrets, and not a document that is to be sealed as an entry: it has an
// object of kind Secret, SecretList or List, and version v1.
func IsManifest(raw []byte) bool {
	text, _, err := decode(raw)
	if err != nil {
		return false
	}
	parts := partsOf(text)
	return len(parts) <= maxObjects && slices.ContainsFunc(parts, func(p part) bool {
		object, err := objectOf(text[p.start:p.end])
		if err != nil {
			return false
		}
		head, err := headOf(object)
		return err == nil && head.APIVersion == "v1" && slices.Contains([]string{"Secret", "SecretList", "List"}, head.Kind)
	})
}

// ReadPlain reads the plaintext Secrets of a manifest, in its order: one or many documents, and lists. stringData
// is merged into data, as the API server does. Empty documents are passed over; anything but Secrets is an error,
// as is what a Secret does not have, and what kubectl would read otherwise.
func ReadPlain(raw []byte) ([]*corev1.Secret, error) {
	text, _, err := decode(raw)
	if err != nil {
		return nil, err
	}
	parts := partsOf(text)
	if len(parts) > maxObjects {
		return nil, errTooMany
	}
	var secrets []*corev1.Secret
	for _, p := range parts {
		found, err := plainOf(text[p.start:p.end])
		if err != nil {
			return nil, p.in(err, len(parts))
		}
		secrets = append(secrets, found...)
	}
	if len(secrets) == 0 {
		return nil, errors.New("there is no Secret in it")
	}
	return secrets, nil
}

// plainOf are the Secrets of a document that has nothing else.
func plainOf(text []byte) ([]*corev1.Secret, error) {
	items, object, err := itemsOf(text, true)
	if err == nil {
		err = checkOnlySecrets(object)
	}
	if err != nil {
		return nil, err
	}
	secrets := make([]*corev1.Secret, len(items))
	for n, i := range items {
		if i.err != nil {
			return nil, i.err
		}
		secrets[n] = i.secret
	}
	return secrets, nil
}

var errNoSecret = errors.New("it is not a Secret (apiVersion: v1, kind: Secret)")

func checkOnlySecrets(object []byte) error {
	h, err := headOf(object)
	switch {
	case err != nil:
		return err
	case h.APIVersion == "v1" && h.Kind == "Secret":
		return nil
	case h.APIVersion != "v1" || h.Kind != "List" && h.Kind != "SecretList":
		return errNoSecret
	}
	var list struct {
		Items []rawObject `json:"items"`
	}
	if json.UnmarshalCaseSensitivePreserveInts(object, &list) != nil {
		return errItems
	}
	for n, item := range list.Items {
		if err := checkOnlySecrets(item); err != nil {
			return inItem(n, err)
		}
	}
	return nil
}

// objectOf is a document as JSON, checked as documents are: no key twice, UTF-8, a mapping.
func objectOf(text []byte) ([]byte, error) {
	if err := checkValues(text); err != nil {
		return nil, err
	}
	if isObject(text) {
		return document.ToJSON(document.JSON, text)
	}
	object, err := document.ToJSON(document.YAML, text)
	if err != nil && isJSON(text) {
		if _, jsonErr := document.ToJSON(document.JSON, text); jsonErr != nil {
			return nil, jsonErr
		}
	}
	return object, err
}

type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

func headOf(object []byte) (head, error) {
	var h head
	if json.UnmarshalCaseSensitivePreserveInts(object, &h) != nil {
		return h, errors.New("apiVersion and kind are not text")
	}
	return h, nil
}
