package sealed

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MinPlaintextBytes is the length from which values are searched in labels, annotations and comments. Many texts
// contain shorter values by chance.
const MinPlaintextBytes = 8

// PlaintextInMetadataError says that a label or an annotation holds the value of an entry that would be sealed. It
// never holds the value.
type PlaintextInMetadataError struct {
	Field string // "annotation" or "label"
	Name  string // of the label or annotation
	Entry string
}

func (e *PlaintextInMetadataError) Error() string {
	return fmt.Sprintf("%s %q holds the plaintext of entry %q", e.Field, e.Name, e.Entry)
}

// PublicMetadata is what a Secret holds in clear, next to its entries.
type PublicMetadata struct {
	Namespace, Name     string // of the Secret: a value that they contain is not secret
	Labels, Annotations map[string]string
}

// Check returns a *PlaintextInMetadataError if a label or an annotation holds the plaintext of an entry, or its base64.
func (m PublicMetadata) Check(entries map[string][]byte) error {
	for _, entry := range slices.Sorted(maps.Keys(entries)) {
		forms := m.Forms(entries[entry], MinPlaintextBytes)
		if len(forms) == 0 {
			continue
		}
		if name, found := holds(m.Annotations, forms); found {
			return &PlaintextInMetadataError{"annotation", name, entry}
		}
		if name, found := holds(m.Labels, forms); found {
			return &PlaintextInMetadataError{"label", name, entry}
		}
	}
	return nil
}

// Forms returns the texts to look for where a value must not be. It returns none for a value that is shorter
// than least bytes, or is part of the Secret's name.
func (m PublicMetadata) Forms(value []byte, least int) []string {
	value = bytes.TrimSpace(value)
	if len(value) < least || strings.Contains(m.Namespace+"/"+m.Name, string(value)) {
		return nil
	}
	return formsOf(value)
}

// holds returns the first name, sorted, whose text contains one of the forms.
func holds(texts map[string]string, forms []string) (string, bool) {
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		contains := func(form string) bool { return strings.Contains(texts[name], form) }
		if !isTime(name, texts[name]) && slices.ContainsFunc(forms, contains) {
			return name, true
		}
	}
	return "", false
}

// inQuotes returns the text between the quotes of a JSON string.
func inQuotes(text []byte) string {
	text = bytes.TrimSpace(text)
	return string(text[1 : len(text)-1])
}

// formsOf returns how a text can contain a value: as it is, escaped as in JSON, and in base64 at each of three offsets.
func formsOf(value []byte) []string {
	forms := []string{string(value)}
	var plain bytes.Buffer
	unescaped := json.NewEncoder(&plain)
	unescaped.SetEscapeHTML(false)
	if unescaped.Encode(string(value)) == nil {
		forms = append(forms, inQuotes(plain.Bytes()))
	}
	if escaped, err := json.Marshal(string(value)); err == nil {
		forms = append(forms, inQuotes(escaped))
	}
	for offset, skipped := range []int{0, 2, 3} { // characters that also encode the bytes before the value
		padded := append(make([]byte, offset), value...)
		whole := len(padded) * 8 / 6 // characters that encode no byte after the value
		forms = append(forms,
			base64.RawStdEncoding.EncodeToString(padded)[skipped:whole],
			base64.RawURLEncoding.EncodeToString(padded)[skipped:whole])
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}
