package manifest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

var _ engine.Store = (*Files)(nil)

// View says that the user has named the files of all Secrets.
func (f *Files) View(engine.Selection) engine.View { return f.view }

// viewOf is the View after In has set the namespaces.
func (f *Files) viewOf() engine.View {
	all := f.Secrets()
	namespaces := map[string]bool{f.current: true}
	for _, stored := range all {
		if stored.Secret.Namespace != "" {
			namespaces[stored.Secret.Namespace] = true
		}
	}
	return engine.View{Named: true, Namespaces: slices.Sorted(maps.Keys(namespaces)), Secrets: len(all)}
}

// ManagedBy is empty: tools that manage a Secret read it from the file.
func (f *Files) ManagedBy(*corev1.Secret) string { return "" }

// KeepsMetadata is true: in a file only the bytes of values change, and annotations about the age.
func (f *Files) KeepsMetadata() bool { return true }

// Each passes copies of all Secrets to yield, in one page.
func (f *Files) Each(_ context.Context, _ engine.Selection, yield func([]engine.Stored) error) error {
	page := f.Secrets()
	for n := range page {
		secret := *page[n].Secret
		secret.Data = maps.Clone(secret.Data)
		f.originals[&secret] = page[n].Secret
		page[n].Secret = &secret
	}
	return yield(page)
}

// Get finds a Secret. It first reads files again that others have changed.
func (f *Files) Get(_ context.Context, namespace, name string) (*corev1.Secret, error) {
	for file := range f.changed {
		if err := f.reread(file); err != nil {
			return nil, fmt.Errorf("it was changed by someone else since it was read, and cannot be read: %w", err)
		}
		delete(f.changed, file)
	}
	for _, stored := range f.Secrets() {
		if stored.Err == nil && stored.Secret.Namespace == namespace && stored.Secret.Name == name {
			return stored.Secret, nil
		}
	}
	return nil, fmt.Errorf("manifest of secret %s/%s: %w", namespace, name, kube.ErrNotFound)
}

// Write changes entries of Secrets of one file and their annotations about the age in one step, and nothing else in the
// file. If others have changed the file since it was read, Write changes nothing and returns kube.ErrConflict. A dry
// run checks that the changes are possible. If the annotations cannot be changed alone, a Secret keeps its annotation
// of when it was sealed, as the result shows.
func (f *Files) Write(_ context.Context, unit []engine.Change, dryRun engine.DryRun) ([]*corev1.Secret, error) {
	file, changes, err := f.changesOf(unit)
	if err != nil {
		return nil, err
	}
	dry := dryRun == engine.DryRunClient || dryRun == engine.DryRunServer
	err = f.rewrite(file, changes, dry)
	if err != nil && !errors.Is(err, kube.ErrConflict) && leaveSealedAt(changes) {
		err = f.rewrite(file, changes, dry)
	}
	if err != nil {
		f.changed[file] = f.changed[file] || errors.Is(err, kube.ErrConflict)
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	after := make([]*corev1.Secret, len(unit))
	for n, change := range unit {
		after[n] = changes[n].Secret.DeepCopy()
		change.ApplyEntries(after[n])
		SecretEdit{Annotations: changes[n].Annotations}.applyTo(after[n])
	}
	return after, nil
}

// leaveSealedAt removes the annotation of when a Secret was sealed from changes. It is false if that changes nothing.
func leaveSealedAt(changes []Change) (left bool) {
	for _, change := range changes {
		_, found := change.Annotations[sealed.SealedAtAnnotation]
		delete(change.Annotations, sealed.SealedAtAnnotation)
		left = left || found
	}
	return left
}

// changesOf returns the changes of a unit and their file.
func (f *Files) changesOf(unit []engine.Change) (file string, changes []Change, err error) {
	for n, change := range unit {
		if change.Live == nil {
			return "", nil, fmt.Errorf("secret %s/%s: a Secret cannot be added to a file", change.As.Namespace,
				change.As.Name)
		}
		secret := change.Live
		if original := f.originals[secret]; original != nil {
			secret = original
		}
		in := f.fileOf[secret]
		switch {
		case in == "": // the file was read again since
			return "", nil, fmt.Errorf("manifest of secret %s/%s: %w", secret.Namespace, secret.Name, kube.ErrConflict)
		case n > 0 && in != file:
			return "", nil, fmt.Errorf("%s and %s cannot be written at once", file, in)
		}
		if err := change.CheckMetadata(); err != nil {
			return "", nil, err
		}
		values := make(map[string]string, len(change.Set))
		for entry, ciphertext := range change.Set {
			values[entry] = ciphertext.String()
		}
		file, changes = in, append(changes, Change{Secret: secret, Set: values, Drop: change.Drop,
			Annotations: change.AgeAnnotations()})
	}
	return file, changes, nil
}

func (f *Files) rewrite(file string, changes []Change, dry bool) error {
	if file == Stdin {
		return errors.New("it cannot be written")
	}
	read := f.files[file]
	text, err := read.Splice(changes)
	if err != nil || dry {
		return err
	}
	return replace(f.roots[file], file, read.raw, text)
}
