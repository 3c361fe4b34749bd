package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/json"

	"github.com/vaultseal/kubectl-vaultseal/pkg/document"
)

// IsManifest tells whether the text is of Secrets, and not a document that is to be sealed as an entry: it has an
// object of kind Secret, SecretList or List, and version v1.
func IsManifest(text []byte) bool {
	documents, err := split(text)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(documents, func(d []byte) bool {
		object, err := objectOf(d)
		if err != nil {
			return false
		}
		head, err := headOf(object)
		return err == nil && head.APIVersion == "v1" && slices.Contains([]string{"Secret", "SecretList", "List"}, head.Kind)
	})
}

// ReadPlain reads the plaintext Secrets of a manifest, in its order: one or many documents, and lists. stringData
// is merged into data, as the API server does. Empty documents are passed over; anything but Secrets is an error,
// as is what a Secret does not have.
func ReadPlain(text []byte) ([]*corev1.Secret, error) {
	documents, err := split(text)
	if err != nil {
		return nil, err
	}
	var secrets []*corev1.Secret
	for n, one := range documents {
		found, err := readDocument(one)
		if err != nil && len(documents) > 1 {
			err = fmt.Errorf("document %d: %w", n+1, err)
		}
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, found...)
	}
	if len(secrets) == 0 {
		return nil, errors.New("there is no Secret in it")
	}
	return secrets, nil
}

// split gives the documents of the text; those with nothing but comments and white space are left out.
func split(text []byte) ([][]byte, error) {
	if isJSON(text) {
		return [][]byte{text}, nil
	}
	var documents [][]byte
	for reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		one, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, errors.New("it cannot be split into documents")
		}
		if !blank(one) {
			documents = append(documents, one)
		}
	}
}

func isJSON(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) }

// blank tells whether a document says nothing.
func blank(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && !bytes.Equal(line, []byte("---")) {
			return false
		}
	}
	return true
}

// objectOf is a document as JSON, checked as documents are: no key twice, UTF-8, a mapping.
func objectOf(text []byte) ([]byte, error) {
	if isJSON(text) {
		return document.ToJSON(document.JSON, text)
	}
	return document.ToJSON(document.YAML, text)
}

type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

func headOf(object []byte) (head, error) {
	var h head
	if json.UnmarshalCaseSensitivePreserveInts(object, &h) != nil {
		return h, errors.New("apiVersion and kind are no text")
	}
	return h, nil
}

func readDocument(text []byte) ([]*corev1.Secret, error) {
	object, err := objectOf(text)
	if err != nil {
		return nil, err
	}
	return readObject(object)
}

func readObject(object []byte) ([]*corev1.Secret, error) {
	h, err := headOf(object)
	switch {
	case err != nil:
		return nil, err
	case h.APIVersion != "v1":
		return nil, errNoSecret
	case h.Kind == "List" || h.Kind == "SecretList":
		return readList(object)
	case h.Kind != "Secret":
		return nil, errNoSecret
	}
	secret, err := readSecret(object)
	if err != nil {
		return nil, err
	}
	return []*corev1.Secret{secret}, nil
}

var errNoSecret = errors.New("it is no Secret (apiVersion: v1, kind: Secret)")

func readList(object []byte) ([]*corev1.Secret, error) {
	var list struct {
		Items []rawObject `json:"items"`
	}
	if json.UnmarshalCaseSensitivePreserveInts(object, &list) != nil {
		return nil, errors.New("items is no list of objects")
	}
	var secrets []*corev1.Secret
	for n, item := range list.Items {
		found, err := readObject(item)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", n+1, err)
		}
		secrets = append(secrets, found...)
	}
	return secrets, nil
}

type rawObject []byte

func (r *rawObject) UnmarshalJSON(text []byte) error {
	*r = slices.Clone(text)
	return nil
}

// readSecret reads one Secret strictly. The decoder's own errors may quote what they have read.
func readSecret(object []byte) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	strict, err := json.UnmarshalStrict(object, secret)
	switch {
	case err != nil:
		return nil, errors.New("it is no well-formed Secret: values of data are base64, those of stringData, labels and annotations text")
	case len(strict) > 0:
		return nil, errors.New("it has a field that a Secret does not have")
	case secret.Name == "":
		return nil, errors.New("it has no name")
	}
	mergeStringData(secret)
	return secret, nil
}

// mergeStringData does what the API server does with stringData.
func mergeStringData(secret *corev1.Secret) {
	for name, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[name] = []byte(value)
	}
	secret.StringData = nil
}
