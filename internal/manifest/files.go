package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Files are the sealed and plaintext Secrets of manifests on disk. They are an engine.Store, which is not safe for
// concurrent use.
type Files struct {
	// Paths are those that the user specified.
	Paths []string
	// Recursive reports whether directories were read with their subdirectories.
	Recursive bool

	files  map[string]*Sealed
	roots  map[string]string         // by file: the specified directory that has it
	names  []string                  // of files, sorted
	unread []engine.Stored           // files and documents that could not be read
	failed map[*corev1.Secret]error  // why a Secret cannot be used
	fileOf map[*corev1.Secret]string // by Secret
	only   *corev1.Secret

	current, given string // namespaces, from In
	view           engine.View

	originals map[*corev1.Secret]*corev1.Secret // by copy that Each passed to yield
	changed   map[string]bool                   // files that others have changed since they were read
}

// Sealed are the Secrets that have a ciphertext or the label of sealed Secrets.
func (f *Files) Sealed() []engine.Stored {
	return slices.DeleteFunc(f.Secrets(), func(stored engine.Stored) bool {
		return stored.Err != nil && stored.Secret.Data == nil || !isSealed(stored.Secret)
	})
}

// Secrets are all Secrets, sorted by file, and within a file in the order of its text. Those that could not be read
// come last.
func (f *Files) Secrets() []engine.Stored {
	var all []engine.Stored
	for _, name := range f.names {
		for _, secret := range f.files[name].Secrets() {
			if f.only != nil && f.only != secret {
				continue
			}
			all = append(all, engine.Stored{File: name, Secret: secret, Err: f.failed[secret]})
		}
	}
	if f.only == nil {
		all = append(all, f.unread...)
	}
	return all
}

// Unread are the documents and files that may be Secrets and could not be read.
func (f *Files) Unread() []engine.Stored { return f.unread }

// Only returns Files with only this Secret in view.
func (f *Files) Only(secret *corev1.Secret) *Files {
	one := *f
	one.only = secret
	return &one
}

// In sets the namespace of Secrets that do not have one to the current namespace. If the entries of such a Secret are
// bound to a namespace, the user must have given the namespace; otherwise the Secret gets a *NamespaceError. With a
// given namespace, Secrets of other namespaces are out of view (engine.ErrOutOfView). With Only, the Secret must be in
// the current namespace.
func (f *Files) In(current, given string) error {
	f.current, f.given, f.failed = current, given, map[*corev1.Secret]error{}
	for _, m := range f.Secrets() {
		switch s := m.Secret; {
		case m.Err != nil:
		case s.Namespace == "" && given == "" && bound(s):
			f.failed[s] = &NamespaceError{Name: s.Name}
			if f.only != nil {
				return fmt.Errorf("%s: %w", m.File, f.failed[s])
			}
		case s.Namespace == "":
			s.Namespace = current
		case s.Namespace == current:
		case f.only != nil:
			return &OtherNamespaceError{File: m.File, Name: s.Name, Namespace: s.Namespace, Working: current}
		case given != "":
			f.failed[s] = engine.ErrOutOfView
		}
	}
	f.view = f.viewOf()
	return f.checkInView()
}

// checkInView fails if no Secret is in view.
func (f *Files) checkInView() error {
	var others []string
	for _, m := range f.Secrets() {
		if !errors.Is(m.Err, engine.ErrOutOfView) {
			return nil
		}
		if !slices.Contains(others, m.Secret.Namespace) {
			others = append(others, m.Secret.Namespace)
		}
	}
	if len(others) == 0 {
		return nil
	}
	slices.Sort(others)
	return fmt.Errorf("%s: there is no Secret of namespace %s in it, only of %s",
		strings.Join(f.Paths, ", "), f.current, strings.Join(others, ", "))
}

// OtherNamespaceError says that a manifest is for another namespace than the one that the command works in.
type OtherNamespaceError struct{ File, Name, Namespace, Working string }

func (e *OtherNamespaceError) Error() string {
	file := ""
	if e.File != "" {
		file = e.File + ": "
	}
	return fmt.Sprintf("%sthe manifest of secret %s is for namespace %s, and this command works in namespace %s",
		file, e.Name, e.Namespace, e.Working)
}

// NamespaceError says that the entries of a manifest are bound to a namespace that the manifest does not name.
type NamespaceError struct{ Name string }

func (e *NamespaceError) Error() string {
	return fmt.Sprintf("secret %s is bound to its namespace, and its manifest does not say which", e.Name)
}

func bound(secret *corev1.Secret) bool {
	scope := sealed.Scope(secret.Annotations[sealed.ScopeAnnotation])
	return scope == sealed.Strict || scope == sealed.NamespaceWide
}
