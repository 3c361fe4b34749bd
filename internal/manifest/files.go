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

// Files are the Secrets of manifests on disk: sealed ones, and plaintext ones. They are an engine.Store for one
// goroutine.
type Files struct {
	// Paths are those that were asked for.
	Paths []string
	// Recursive tells whether directories were read with all that is below them.
	Recursive bool

	files  map[string]*Sealed
	roots  map[string]string         // of files that a directory has: the directory
	names  []string                  // of files, sorted
	unread []engine.Stored           // what could not be read
	failed map[*corev1.Secret]error  // why nothing can be done about a Secret that was read
	fileOf map[*corev1.Secret]string // of all that were read
	only   *corev1.Secret

	current, given string // namespaces, as In was told
	view           engine.View

	originals map[*corev1.Secret]*corev1.Secret // of the copies that Each has passed on
	changed   map[string]bool                   // files that others have changed since they were read
}

// Sealed are the Secrets that are sealed, or say so.
func (f *Files) Sealed() []engine.Stored {
	return slices.DeleteFunc(f.Secrets(), func(m engine.Stored) bool { return m.Err != nil && m.Secret.Data == nil || !isSealed(m.Secret) })
}

// Secrets are all of them, by file, and as they stand in it; those that could not be read come last.
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

// Unread are what is, or may be, a Secret and could not be read.
func (f *Files) Unread() []engine.Stored { return f.unread }

// Only are the Files with one of their Secrets in view.
func (f *Files) Only(secret *corev1.Secret) *Files {
	one := *f
	one.only = secret
	return &one
}

// In gives the Secrets that do not say their namespace the current one. Entries that are bound to a namespace must be in
// a manifest that says it, unless it was given: else nothing can be done about the Secret. A namespace that was given
// leaves the Secrets of others out of view (engine.ErrOutOfView). One Secret in view must be of the current one.
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

// checkInView makes sure that something is in view.
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
	return fmt.Errorf("%s: there is no Secret of namespace %s in it, only of %s", strings.Join(f.Paths, ", "), f.current, strings.Join(others, ", "))
}

// OtherNamespaceError says that a manifest is of another namespace than the one that the command works in.
type OtherNamespaceError struct{ File, Name, Namespace, Working string }

func (e *OtherNamespaceError) Error() string {
	return fmt.Sprintf("%s: the manifest of secret %s is for namespace %s, and this command works in namespace %s", e.File, e.Name, e.Namespace, e.Working)
}

// Hint says what to do.
func (e *OtherNamespaceError) Hint() string {
	return "to work in namespace " + e.Namespace + ", add -n " + e.Namespace
}

// NamespaceError says that a manifest does not say the namespace that its entries are bound to.
type NamespaceError struct{ Name string }

func (e *NamespaceError) Error() string {
	return fmt.Sprintf("secret %s is bound to its namespace, and its manifest does not say which", e.Name)
}

// Hint says what to do.
func (e *NamespaceError) Hint() string { return "add metadata.namespace to the manifest, or give -n" }

func bound(secret *corev1.Secret) bool {
	scope := sealed.Scope(secret.Annotations[sealed.ScopeAnnotation])
	return scope == sealed.Strict || scope == sealed.NamespaceWide
}
