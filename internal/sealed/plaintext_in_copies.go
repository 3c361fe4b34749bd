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

// maxCopy limits the bytes that are read from a compressed copy.
const maxCopy = 4 << 20

// Kept is an entry whose plaintext is in an annotation.
type Kept struct {
	Annotation string
	Entry      string // the annotation's name if the copy cannot be read
}

// KeptPlaintext finds plaintext of a Secret's data and stringData in the copies that tools keep in annotations. A
// tool's copy that cannot be read is reported too, because it may hold plaintext.
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

// isHash reports whether the text is only a checksum, which kapp keeps next to its copy.
func isHash(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && text != "" && len(text) <= 2*sha256.Size
}

// mayCarryObject reports whether the text can be a copy: JSON with data or stringData, or the base64 of JSON, gzip or
// zip.
func mayCarryObject(text string) bool {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		return strings.Contains(text, `ata"`)
	}
	begins := func(prefix string) bool { return strings.HasPrefix(text, prefix) }
	return slices.ContainsFunc([]string{"eyJ", "H4sI", "UEsD"}, begins)
}

// keptValues are the parts of a copy that tell about values.
type keptValues struct {
	Kind       string            `json:"kind"`
	Data       map[string][]byte `json:"data"`
	StringData map[string]string `json:"stringData"`
}

// of reports whether the copy is of a Secret, or has an entry with the same name as one of the Secret's.
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

// plain returns the names of the entries that are not ciphertext.
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

// ciphertext reports whether any entry is ciphertext.
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

// valuesOf reads a copy. Its error does not quote the copy.
func valuesOf(text string) (keptValues, error) {
	var kept keptValues
	object, err := objectOf(strings.TrimSpace(text))
	if err != nil || json.Unmarshal(object, &kept) != nil {
		return kept, errUnreadableCopy
	}
	return kept, nil
}

// objectOf returns the copy as JSON, decompressed.
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
