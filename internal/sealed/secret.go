package sealed

import (
	"cmp"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Entry is one data key of a Secret and, when it is sealed, its ciphertext.
type Entry struct {
	Name       string
	Ciphertext transit.Ciphertext // zero: the value is not a Transit ciphertext
}

// Sealed reports whether the entry's value is a Transit ciphertext.
func (e Entry) Sealed() bool { return !e.Ciphertext.IsZero() }

// Secret is what opening and rewrapping need of a Secret. It holds no plaintext: of an entry that is not sealed it has
// only the name.
type Secret struct {
	Namespace, Name string
	Labelled        bool        // it has Label
	Key             transit.Key // zero: it has no annotation
	Scope           Scope
	Entries         []Entry // sorted by name

	meta *metav1.ObjectMeta // of the Secret that it was read from, for MoveEvidence; nil: it was not read
}

// Read reads a Secret. An annotation that is not valid is an *AnnotationError: what the Secret says about its sealing
// is then not usable.
func Read(s *corev1.Secret) (Secret, error) {
	secret := Secret{
		Namespace: s.Namespace,
		Name:      s.Name,
		Labelled:  s.Labels[Label] == LabelValue,
		Entries:   make([]Entry, 0, len(s.Data)),
		meta:      &s.ObjectMeta,
	}
	for _, name := range slices.Sorted(maps.Keys(s.Data)) {
		entry := Entry{Name: name}
		if ciphertext, err := transit.ParseCiphertext(string(s.Data[name])); err == nil {
			entry.Ciphertext = ciphertext
		}
		secret.Entries = append(secret.Entries, entry)
	}
	if text, found := s.Annotations[TransitKeyAnnotation]; found {
		key, err := transit.ParseKey(text)
		if err != nil {
			return secret, &AnnotationError{TransitKeyAnnotation, err}
		}
		secret.Key = key
	}
	if text, found := s.Annotations[ScopeAnnotation]; found {
		scope, err := ParseScope(text)
		if err != nil {
			return secret, &AnnotationError{ScopeAnnotation, err}
		}
		secret.Scope = scope
	}
	return secret, nil
}

// LooksSealed reports whether any value of a Secret is a Transit ciphertext, whatever its labels and annotations say.
func LooksSealed(s *corev1.Secret) bool {
	for _, value := range s.Data {
		if isCiphertext(string(value)) {
			return true
		}
	}
	return false
}

// PlaintextType returns the type of the plaintext Secret.
func PlaintextType(s *corev1.Secret) corev1.SecretType {
	return cmp.Or(corev1.SecretType(s.Annotations[TypeAnnotation]), s.Type)
}

// AnnotationError says that an annotation of the format is not valid.
type AnnotationError struct {
	Annotation string
	Err        error
}

func (e *AnnotationError) Error() string { return "annotation " + e.Annotation + ": " + e.Err.Error() }
func (e *AnnotationError) Unwrap() error { return e.Err }

// Context returns Transit's context of one entry of the Secret, nil for Unbound.
func (s Secret) Context(entry string) []byte {
	return s.Scope.Context(Place{Namespace: s.Namespace, Name: s.Name, Entry: entry})
}

// Entry returns the entry with a name.
func (s Secret) Entry(name string) (Entry, bool) {
	i, found := slices.BinarySearchFunc(s.Entries, name, func(e Entry, name string) int {
		switch {
		case e.Name < name:
			return -1
		case e.Name > name:
			return 1
		}
		return 0
	})
	if !found {
		return Entry{}, false
	}
	return s.Entries[i], true
}

// Names returns the names of all entries.
func (s Secret) Names() []string {
	names := make([]string, len(s.Entries))
	for i, entry := range s.Entries {
		names[i] = entry.Name
	}
	return names
}

// Unsealed returns the names of the entries that are not sealed.
func (s Secret) Unsealed() []string {
	var names []string
	for _, entry := range s.Entries {
		if !entry.Sealed() {
			names = append(names, entry.Name)
		}
	}
	return names
}

// IsSealed reports whether the Secret has entries and all of them are sealed.
func (s Secret) IsSealed() bool {
	return len(s.Entries) > 0 && len(s.Unsealed()) == 0
}

// Annotated reports whether an annotation names the transit key that the Secret is sealed with.
func (s Secret) Annotated() bool { return !s.Key.IsZero() }

// Marked reports whether the Secret has the label and names its transit key. A Secret of the Python tool has neither.
func (s Secret) Marked() bool { return s.Labelled && s.Annotated() }
