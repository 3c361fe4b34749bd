package manifest

import (
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// reread reads a file again, because others have changed it. It sets the namespaces of its Secrets again. If only one
// Secret was in view, that Secret stays in view.
func (f *Files) reread(name string) error {
	text, err := f.readAgain(name)
	if err != nil {
		return err
	}
	read, err := ReadSealed(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	again := *f
	again.unread = nil
	again.files, again.names, again.only = map[string]*Sealed{name: read}, []string{name}, nil
	if f.only != nil {
		if again.only = sameSecret(read, f.only, f.current); again.only == nil {
			return fmt.Errorf("%s: secret %s/%s: %w", name, f.only.Namespace, f.only.Name, kube.ErrNotFound)
		}
	}
	if err := again.In(f.current, f.given); err != nil {
		return err
	}
	f.put(name, read)
	f.only = again.only
	if f.failed == nil {
		f.failed = map[*corev1.Secret]error{}
	}
	maps.Copy(f.failed, again.failed)
	return nil
}

// put sets the content of a file.
func (f *Files) put(name string, read *Sealed) {
	if before := f.files[name]; before != nil {
		for _, secret := range before.Secrets() {
			delete(f.fileOf, secret)
		}
	}
	f.files[name] = read
	for _, secret := range read.Secrets() {
		f.fileOf[secret] = name
	}
}

func (f *Files) readAgain(name string) ([]byte, error) {
	if root := f.roots[name]; root != "" {
		return readInside(root, name)
	}
	file, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	return readRegular(file, MaxFile)
}

// sameSecret finds a Secret by namespace and name after its file was read again; nil: it is gone.
func sameSecret(read *Sealed, as *corev1.Secret, current string) *corev1.Secret {
	for _, secret := range read.Secrets() {
		namespace := secret.Namespace
		if namespace == "" {
			namespace = current
		}
		if secret.Name == as.Name && namespace == as.Namespace {
			return secret
		}
	}
	return nil
}
