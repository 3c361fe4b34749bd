package workload

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Input has the Secrets and ConfigMaps of the input of inject.
type Input struct {
	namespace  string // of manifests that have none
	secrets    map[place]inputSecret
	configMaps map[place]ConfigMap
}

type place struct{ namespace, name string }

type inputSecret struct {
	Secret

	err error // it cannot be used
}

// NewInput returns an Input for manifests that are applied in a namespace if they name none.
func NewInput(namespace string) *Input {
	return &Input{namespace: namespace, secrets: map[place]inputSecret{}, configMaps: map[place]ConfigMap{}}
}

func (in *Input) place(namespace, name string) place {
	if namespace == "" {
		namespace = in.namespace
	}
	return place{namespace, name}
}

// Add adds an object if it is a Secret or a ConfigMap. Its error has no value of it.
func (in *Input) Add(o Object) error {
	if o.Version != "v1" {
		return nil
	}
	switch at := in.place(o.Namespace(), o.Name()); o.Kind {
	case "Secret":
		var secret corev1.Secret
		if err := decode(o.Fields, &secret); err != nil {
			return o.fail(NotWellFormed, "the Secret is not well-formed"+err.Error())
		}
		in.addSecret(at, &secret)
	case "ConfigMap":
		var configMap corev1.ConfigMap
		if err := decode(o.Fields, &configMap); err != nil {
			return o.fail(NotWellFormed, "the ConfigMap is not well-formed"+err.Error())
		}
		found := ConfigMapOf(&configMap)
		if other, twice := in.configMaps[at]; twice && !slices.Equal(other.Keys, found.Keys) {
			found = ConfigMap{State: Unknown}
		}
		in.configMaps[at] = found
	}
	return nil
}

func (in *Input) addSecret(at place, secret *corev1.Secret) {
	for name, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[name] = []byte(value)
	}
	found, err := SecretOf(secret)
	other, twice := in.secrets[at]
	if twice && err == nil && !found.equal(other.Secret) {
		err = errors.New("it is in the input twice, with different entries, transit keys or scopes")
	}
	in.secrets[at] = inputSecret{found, err}
}

func (s Secret) equal(other Secret) bool {
	return s.State == other.State && s.Key == other.Key && s.Scope == other.Scope &&
		slices.Equal(s.Entries, other.Entries)
}

// Secret returns what the input says about a Secret; Unknown: it is not in the input.
func (in *Input) Secret(namespace, name string) (Secret, error) {
	found := in.secrets[in.place(namespace, name)]
	if found.err != nil {
		return Secret{}, fmt.Errorf("secret %s: %w", name, found.err)
	}
	return found.Secret, nil
}

// ConfigMap returns what the input says about a ConfigMap; Unknown: it is not in the input.
func (in *Input) ConfigMap(namespace, name string) ConfigMap {
	return in.configMaps[in.place(namespace, name)]
}

// SecretOf says what is known about a Secret. It reads no value except to see that it is ciphertext.
func SecretOf(secret *corev1.Secret) (Secret, error) {
	read, err := sealed.Read(secret)
	found := Secret{State: Plain, Key: read.Key, Scope: read.Scope, Entries: read.Names(), EntriesKnown: true}
	switch {
	case read.IsSealed():
		found.State = Sealed
	case sealed.LooksSealed(secret):
		found.State = Mixed
	}
	if found.State != Sealed {
		err = nil // its annotations decide nothing
	}
	return found, err
}

// ConfigMapOf says what is known about a ConfigMap.
func ConfigMapOf(configMap *corev1.ConfigMap) ConfigMap {
	return ConfigMap{State: Plain, Keys: slices.Sorted(maps.Keys(configMap.Data))}
}
