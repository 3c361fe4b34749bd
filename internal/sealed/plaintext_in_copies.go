package sealed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// maxCopy is how many bytes of a copy that was compressed are read.
const maxCopy = 4 << 20

// Kept is an entry whose plaintext an annotation carries.
type Kept struct {
	Annotation string
	Entry      string // the annotation's name, where the copy cannot be read
}

// KeptPlaintext names the plaintext that annotations carry of a Secret's data and stringData, as tools keep it. A tool's
// copy that cannot be read is reported too: what is in there is not known to be sealed.
func KeptPlaintext(s *corev1.Secret) []Kept {
	var all []Kept
	for _, name := range slices.Sorted(maps.Keys(s.Annotations)) {
		for _, entry := range keptIn(s, name) {
			all = append(all, Kept{name, entry})
		}
	}
	return all
}

func keptIn(s *corev1.Secret, annotation string) []string {
	text := s.Annotations[annotation]
	own := IsCopy(annotation)
	if own && isHash(text) || !own && !mayCarryObject(text) {
		return nil
	}
	values, err := valuesOf(text)
	switch {
	case err != nil && own:
		return []string{annotation}
	case err != nil, !own && !values.of(s):
		return nil
	}
	return values.plain()
}

// isHash tells that a tool keeps a checksum only, as kapp does beside its copy.
func isHash(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && text != "" && len(text) <= 2*sha256.Size
}

// mayCarryObject tells that it is worth a closer look: JSON with data or stringData, or the base64 of JSON, gzip or zip.
func mayCarryObject(text string) bool {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		return strings.Contains(text, `ata"`)
	}
	return slices.ContainsFunc([]string{"eyJ", "H4sI", "UEsD"}, func(begin string) bool { return strings.HasPrefix(text, begin) })
}

// keptValues is what a tool keeps of a Secret's values.
type keptValues struct {
	Kind       string            `json:"kind"`
	Data       map[string][]byte `json:"data"`
	StringData map[string]string `json:"stringData"`
}

// of tells whether they are a Secret's, or have a name of its entries.
func (k keptValues) of(s *corev1.Secret) bool {
	if k.Kind == "Secret" {
		return true
	}
	for name := range s.Data {
		if _, found := k.Data[name]; found {
			return true
		}
		if _, found := k.StringData[name]; found {
			return true
		}
	}
	return false
}

// plain names the entries that are not ciphertext.
func (k keptValues) plain() []string {
	plain := map[string]bool{}
	for name, value := range k.Data {
		plain[name] = len(value) > 0 && !isCiphertext(string(value))
	}
	for name, value := range k.StringData {
		plain[name] = plain[name] || value != "" && !isCiphertext(value)
	}
	maps.DeleteFunc(plain, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(plain))
}

// ciphertext tells whether an entry is ciphertext.
func (k keptValues) ciphertext() bool {
	for _, value := range k.Data {
		if isCiphertext(string(value)) {
			return true
		}
	}
	for _, value := range k.StringData {
		if isCiphertext(value) {
			return true
		}
	}
	return false
}

var errUnreadableCopy = errors.New("the copy cannot be read")

// valuesOf reads a copy. Its error quotes nothing.
func valuesOf(text string) (keptValues, error) {
	var kept keptValues
	object, err := objectOf(strings.TrimSpace(text))
	if err != nil || json.Unmarshal(object, &kept) != nil {
		return kept, errUnreadableCopy
	}
	return kept, nil
}

// objectOf is the copy as the tool had it, before it was compressed.
func objectOf(text string) ([]byte, error) {
	if strings.HasPrefix(text, "{") {
		return []byte(text), nil
	}
	packed, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil:
		return nil, errUnreadableCopy
	case bytes.HasPrefix(packed, []byte{0x1f, 0x8b}):
		unpacked, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, errUnreadableCopy
		}
		return io.ReadAll(io.LimitReader(unpacked, maxCopy))
	case bytes.HasPrefix(packed, []byte("PK")):
		return firstFile(packed)
	}
	return packed, nil
}

func firstFile(packed []byte) ([]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil || len(archive.File) == 0 {
		return nil, errUnreadableCopy
	}
	file, err := archive.File[0].Open()
	if err != nil {
		return nil, errUnreadableCopy
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxCopy))
}
