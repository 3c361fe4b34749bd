package workload

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// The names of what is added. Every name begins with the prefix.
const (
	prefix           = "vaultseal"
	sealedPrefix     = "vaultseal-sealed-"
	copiedPrefix     = "vaultseal-copied-"
	envVolume        = "vaultseal-env"
	envPrefix        = "vaultseal-env-"
	binaryVolume     = "vaultseal-bin"
	tokenVolume      = "vaultseal-token"
	refreshContainer = "vaultseal-refresh"
)

// The directories of the containers that are added.
const (
	root      = "/vaultseal"
	sealedDir = root + "/sealed/"
	openDir   = root + "/open/"
	copiedDir = root + "/copied/"
	envDir    = root + "/env"
	binaryDir = root + "/bin"
	tokenDir  = root + "/token"
)

// names gives volumes names that no other volume has.
type names struct{ taken map[string]bool }

// takeNames refuses a manifest that has names of ours already.
func (i *injection) takeNames() error {
	i.names = &names{taken: map[string]bool{}}
	for _, volume := range i.spec.Volumes {
		if i.names.taken[volume.Name] {
			return i.fail(NotWellFormed, fmt.Sprintf("two volumes are called %q", volume.Name))
		}
		i.names.taken[volume.Name] = true
	}
	for _, claim := range i.claims {
		if isOurs(claim) {
			return i.taken("a volume", claim)
		}
		i.names.taken[claim] = true
	}
	if what, name := ours(i.spec); what != "" {
		return i.taken(what, name)
	}
	seen := map[string]bool{}
	for _, c := range containers(i.spec) {
		if seen[c.Name] {
			return i.fail(NotWellFormed, fmt.Sprintf("two containers are called %q", c.Name))
		}
		seen[c.Name] = true
	}
	return nil
}

func (i *injection) taken(what, name string) error {
	return i.fail(NameTaken, fmt.Sprintf("%s is called %s, a name that inject uses, and the manifest has no "+
		"annotation %s to undo an earlier inject", what, name, RecordAnnotation))
}

// checkNames refuses names that the API server refuses. Arguments and paths are made of them.
func (i *injection) checkNames(secrets []string) error {
	if wrong := validation.IsDNS1123Label(i.namespace); i.namespace != "" && len(wrong) > 0 {
		return i.fail(BadName, fmt.Sprintf("the namespace %q is not valid", i.namespace))
	}
	if account := i.account(); len(validation.IsDNS1123Subdomain(account)) > 0 {
		return i.fail(BadName, fmt.Sprintf("the ServiceAccount %q is not a valid name", account))
	}
	for _, secret := range secrets {
		if len(validation.IsDNS1123Subdomain(secret)) > 0 {
			return i.fail(BadName, fmt.Sprintf("the Secret %q is not a valid name", secret))
		}
	}
	for _, volume := range i.spec.Volumes {
		if len(validation.IsDNS1123Label(volume.Name)) > 0 {
			return i.fail(BadName, fmt.Sprintf("the volume %q is not a valid name", volume.Name))
		}
	}
	for _, c := range containers(i.spec) {
		if len(validation.IsDNS1123Label(c.Name)) > 0 {
			return i.fail(BadName, fmt.Sprintf("the container %q is not a valid name", c.Name))
		}
	}
	return nil
}

// checkEntry refuses an entry that no Secret can have.
func (i *injection) checkEntry(secret, entry string) error {
	if len(validation.IsConfigMapKey(entry)) > 0 {
		return i.fail(BadName, fmt.Sprintf("secret %s: the entry %q is not a valid name", secret, entry))
	}
	return nil
}

func (i *injection) account() string {
	for _, name := range []string{i.spec.ServiceAccountName, i.spec.DeprecatedServiceAccount} {
		if name != "" {
			return name
		}
	}
	return DefaultAccount
}

// of returns an unused name of a volume that begins with the prefix and names its subject. A name that would be too
// long, or is not valid for a volume, ends with a digest.
func (n *names) of(prefix, subject string) string {
	name := prefix + subject
	if len(validation.IsDNS1123Label(name)) > 0 {
		digest := sha256.Sum256([]byte(subject))
		plain := strings.Map(func(r rune) rune {
			if r == '.' {
				return '-'
			}
			return r
		}, subject)
		ending := "-" + hex.EncodeToString(digest[:4])
		name = prefix + plain[:min(len(plain), validation.DNS1123LabelMaxLength-len(prefix)-len(ending))] + ending
	}
	found := name
	for count := 2; n.taken[found]; count++ {
		ending := fmt.Sprintf("-%d", count)
		found = name[:min(len(name), validation.DNS1123LabelMaxLength-len(ending))] + ending
	}
	n.taken[found] = true
	return found
}

// volumeOf returns a volume of the pod; nil: it has none of that name.
func (i *injection) volumeOf(name string) *corev1.Volume {
	at := slices.IndexFunc(i.spec.Volumes, func(v corev1.Volume) bool { return v.Name == name })
	if at < 0 {
		return nil
	}
	return &i.spec.Volumes[at]
}
