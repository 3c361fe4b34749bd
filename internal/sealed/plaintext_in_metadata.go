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

// minPlaintextBytes is how many bytes a value has at least that is looked for in labels and annotations. Shorter ones are in
// many texts by chance.
const minPlaintextBytes = 8

// PlaintextInMetadataError says that a label or an annotation holds the value of an entry that is to be sealed. It never
// quotes it.
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
	Namespace, Name     string // of the Secret: values that are part of them are not confidential
	Labels, Annotations map[string]string
}

// Check refuses labels and annotations that hold the plaintext of an entry, or its base64, so that it would stand in
// clear beside the ciphertext.
func (m PublicMetadata) Check(entries map[string][]byte) error {
	public := m.Namespace + "/" + m.Name
	for _, entry := range slices.Sorted(maps.Keys(entries)) {
		value := bytes.TrimSpace(entries[entry])
		if len(value) < minPlaintextBytes || strings.Contains(public, string(value)) {
			continue
		}
		forms := formsOf(value)
		if name, found := holds(m.Annotations, forms); found {
			return &PlaintextInMetadataError{"annotation", name, entry}
		}
		if name, found := holds(m.Labels, forms); found {
			return &PlaintextInMetadataError{"label", name, entry}
		}
	}
	return nil
}

// holds is the first name, sorted, whose text has one of the forms in it.
func holds(texts map[string]string, forms []string) (string, bool) {
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(texts[name], form) }) {
			return name, true
		}
	}
	return "", false
}

// inQuotes is what stands between the quotes of a JSON string.
func inQuotes(text []byte) string {
	text = bytes.TrimSpace(text)
	return string(text[1 : len(text)-1])
}

// formsOf are the ways in which a value may stand in a text: as it is, as in JSON, and in base64 at each of three offsets.
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
	for offset, skipped := range []int{0, 2, 3} { // characters that the bytes before it have a part in
		padded := append(make([]byte, offset), value...)
		whole := len(padded) * 8 / 6 // characters that what follows has no part in
		forms = append(forms,
			base64.RawStdEncoding.EncodeToString(padded)[skipped:whole],
			base64.RawURLEncoding.EncodeToString(padded)[skipped:whole])
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}
