package plugin

import (
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// manifests are the plaintext Secrets of a file; none where it is a document.
func (f documentFile) manifests(plain *manifest.Plain) ([]engine.Stored, error) {
	if f.named || !plain.IsManifest {
		return nil, nil
	}
	secrets, err := plain.Secrets()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.label(), err)
	}
	manifests := make([]engine.Stored, len(secrets))
	for n, secret := range secrets {
		manifests[n] = engine.Stored{File: f.label(), Secret: secret}
	}
	return manifests, nil
}

// manifestRequests are the Secrets of manifests as the engine takes them.
func manifestRequests(manifests []engine.Stored) ([]engine.CreateRequest, error) {
	requests := make([]engine.CreateRequest, len(manifests))
	taken := map[string]bool{}
	for n, m := range manifests {
		secret := m.Secret
		name, err := secretName(secret.Name)
		if err != nil {
			return nil, fmt.Errorf("manifest %d: %w", n+1, err)
		}
		if s := secret.Namespace; s != "" && len(validation.IsDNS1123Label(s)) > 0 {
			return nil, fmt.Errorf("manifest of secret %s: its namespace is not valid", name)
		}
		if err := checkPlain(secret); err != nil {
			return nil, fmt.Errorf("manifest of secret %s: %w", name, err)
		}
		if place := secret.Namespace + "/" + name; taken[place] {
			return nil, fmt.Errorf("secret %s occurs twice", name)
		}
		taken[secret.Namespace+"/"+name] = true
		requests[n] = engine.CreateRequest{Namespace: secret.Namespace, Name: name, Entries: secret.Data,
			Metadata: metadataOf(secret)}
	}
	return requests, nil
}

// checkPlain tells why a Secret cannot be sealed.
func checkPlain(secret *corev1.Secret) error {
	switch {
	case len(secret.Data) == 0:
		return fmt.Errorf("it has no data to seal")
	case sealed.LooksSealed(secret):
		return fmt.Errorf("it is already sealed: apply it with kubectl apply")
	case secret.Immutable != nil && *secret.Immutable:
		return fmt.Errorf("it is immutable, and could not be rotated: leave immutable out")
	}
	if err := sealed.CheckType(secret.Type); err != nil {
		return err
	}
	for name := range secret.Data {
		if err := checkEntryName(name); err != nil {
			return fmt.Errorf("data has an invalid key: want letters, digits, '-', '_' and '.'")
		}
	}
	return nil
}

// metadataOf returns the metadata that the sealed Secret keeps: without the copy of kubectl apply, which may contain
// plaintext, and without vaultseal's own, which is written again.
func metadataOf(secret *corev1.Secret) engine.Metadata {
	kind := secret.Type
	if kind == "" {
		kind = corev1.SecretTypeOpaque
	}
	kept := engine.Metadata{Labels: maps.Clone(secret.Labels), Annotations: maps.Clone(secret.Annotations), Type: kind}
	maps.DeleteFunc(kept.Labels, sealed.IsMetadata)
	maps.DeleteFunc(kept.Annotations, sealed.IsMetadata)
	return kept
}
