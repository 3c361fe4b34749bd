package vectors

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Manifest is a Secret in JSON, as far as the format needs it.
type Manifest struct {
	Type     string
	Metadata struct {
		Namespace, Name     string
		Labels, Annotations map[string]string
	}
	Data, StringData map[string]string
}

// Reading is what a manifest says about its sealing.
type Reading struct {
	Sealed   bool // it has entries, and all are sealed
	Labelled bool
	Key      *KeyName        // nil: the manifest names no transit key
	Scope    string          // empty: unbound
	Type     string          // of the plaintext Secret
	SealedAt string          // RFC 3339; empty: not known
	Expires  string          // RFC 3339; empty: never, or not known
	Entries  map[string]*int // key version; nil: the entry is not sealed
}

// KeyName is the name of a transit key.
type KeyName struct{ Mount, Name string }

// InvalidError says what a reader must refuse: an annotation, or the value of an entry.
type InvalidError struct{ Annotation, Entry, Problem string }

func (e *InvalidError) Error() string {
	return strings.TrimSpace(e.Annotation + e.Entry + ": " + e.Problem)
}

// The metadata of the format.
const (
	label         = "vaultseal.dev/sealed"
	keyAnnotation = "vaultseal.dev/transit-key"
	scopeNote     = "vaultseal.dev/scope"
	typeNote      = "vaultseal.dev/type"
	sealedAtNote  = "vaultseal.dev/sealed-at"
	expiresNote   = "vaultseal.dev/expires"
)

// Read reads a manifest.
func Read(m Manifest) (Reading, error) {
	r := Reading{Type: m.Type, Labelled: m.Metadata.Labels[label] == "true", Entries: map[string]*int{}}
	if text, found := m.Metadata.Annotations[keyAnnotation]; found {
		key, valid := readKeyName(text)
		if !valid {
			return r, &InvalidError{Annotation: keyAnnotation}
		}
		r.Key = &key
	}
	if text, found := m.Metadata.Annotations[scopeNote]; found {
		if text != "strict" && text != "namespace-wide" && text != "cluster-wide" {
			return r, &InvalidError{Annotation: scopeNote}
		}
		r.Scope = text
	}
	if text := m.Metadata.Annotations[typeNote]; text != "" {
		r.Type = text
	}
	r.SealedAt = readTime(m.Metadata.Annotations[sealedAtNote])
	r.Expires = readTime(m.Metadata.Annotations[expiresNote])
	return r, r.readEntries(m)
}

var rfc3339 = regexp.MustCompile(
	`\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])\z`)

// readTime reads a date or a time in RFC 3339; the result is empty for any other text.
func readTime(text string) string {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil && rfc3339.MatchString(text) {
		at, err = time.Parse(time.RFC3339, text)
	}
	if at = at.UTC(); err != nil || len(text) > 64 || at.Year() < 1970 || at.Year() > 9999 {
		return ""
	}
	return at.Truncate(time.Second).Format(time.RFC3339)
}

// readEntries reads the values as the API server does: stringData replaces an entry of data.
func (r *Reading) readEntries(m Manifest) error {
	values := map[string]string{}
	for entry, text := range m.Data {
		value, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fmt.Errorf("entry %s: data is not base64", entry)
		}
		values[entry] = string(value)
	}
	for entry, value := range m.StringData {
		values[entry] = value
	}
	r.Sealed = len(values) > 0
	for entry, value := range values {
		version, err := readValue(value)
		if err != nil {
			return &InvalidError{Entry: entry, Problem: err.Error()}
		}
		r.Entries[entry] = version
		r.Sealed = r.Sealed && version != nil
	}
	return nil
}

// readValue returns the key version of a ciphertext, or nil for plaintext. A value that was meant as a ciphertext, and
// is broken, is an error.
func readValue(value string) (*int, error) {
	version, _, err := ReadCiphertext(value)
	if err == nil {
		return &version, nil
	}
	const white = " \t\r\n"
	value = strings.Trim(value, white)
	if strings.HasPrefix(value, "vault:v") {
		return nil, err
	}
	again, notBase64 := base64.StdEncoding.DecodeString(value)
	if notBase64 == nil && strings.HasPrefix(strings.Trim(string(again), white), "vault:v") {
		return nil, fmt.Errorf("encoded twice")
	}
	return nil, nil
}

var (
	segment  = regexp.MustCompile(`\A[0-9A-Za-z_]([0-9A-Za-z_.-]*[0-9A-Za-z_])?\z`)
	reserved = regexp.MustCompile(`\A(auth|identity|sys)(/|\z)|(\A|/)cubbyhole(/|\z)`)
)

// readKeyName reads "[MOUNT/]NAME". Without a mount it is "transit".
func readKeyName(text string) (KeyName, bool) {
	key := KeyName{Mount: "transit", Name: text}
	if i := strings.LastIndex(text, "/"); i >= 0 {
		key = KeyName{Mount: text[:i], Name: text[i+1:]}
	}
	for _, each := range append(strings.Split(key.Mount, "/"), key.Name) {
		if !segment.MatchString(each) {
			return KeyName{}, false
		}
	}
	return key, !reserved.MatchString(key.Mount) && len(key.Mount)+1+len(key.Name) <= 512
}

// Context returns the context of an entry: what Vault derives its key from. It is nil for an unbound entry.
func Context(scope, namespace, name, entry string) []byte {
	switch scope {
	case "strict":
		return []byte("v1/strict/" + namespace + "/" + name + "/" + entry)
	case "namespace-wide":
		return []byte("v1/namespace-wide/" + namespace)
	case "cluster-wide":
		return []byte("v1/cluster-wide")
	}
	return nil
}
