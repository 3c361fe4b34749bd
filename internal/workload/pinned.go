package workload

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Pinned is what the containers of vaultseal in an injected pod have in their manifest. Anyone who can edit the
// workload can change it, or add such a container.
type Pinned struct {
	Containers []PinnedContainer // in the order in which they start
	Audience   string            // of the token for Vault; empty: the pod has no such token
}

// PinnedContainer is what one of these containers has.
type PinnedContainer struct {
	Name, Image string
	Command     []string          // in place of that of the image
	Settings    map[string]string // values of flags, by the flag's name
	CA          string            // PEM
	Sealed      map[string]PinnedSecret
}

// PinnedSecret is how a container opens a Secret; what is empty has a default.
type PinnedSecret struct{ Key, Scope string }

// PinnedIn returns what is pinned in a pod of a namespace; false: it has no container of vaultseal.
func PinnedIn(spec *corev1.PodSpec, namespace string) (Pinned, bool) {
	var p Pinned
	for n := range spec.InitContainers {
		if c := &spec.InitContainers[n]; isFiles(c) {
			p.Containers = append(p.Containers, pinnedIn(c, namespace))
		}
	}
	for _, volume := range spec.Volumes {
		if volume.Name != tokenVolume || volume.Projected == nil {
			continue
		}
		for _, source := range volume.Projected.Sources {
			if source.ServiceAccountToken != nil {
				p.Audience = source.ServiceAccountToken.Audience
			}
		}
	}
	return p, len(p.Containers) > 0
}

// Opens reports whether a container opens a Secret.
func (p Pinned) Opens(secret string) bool {
	return slices.ContainsFunc(p.Containers, func(c PinnedContainer) bool {
		_, opens := c.Sealed[secret]
		return opens
	})
}

// PlaintextUses returns the references of a pod to Secrets that must be plaintext: all but the volumes that inject made
// for the Secrets that its containers open. Inject removes all others, so another one was added later.
func PlaintextUses(spec *corev1.PodSpec) []SecretUse {
	pinned, injected := PinnedIn(spec, "")
	if !injected {
		return SecretUses(spec)
	}
	others := *spec
	others.Volumes = slices.DeleteFunc(slices.Clone(spec.Volumes), func(volume corev1.Volume) bool {
		return isOurs(volume.Name) && volume.Secret != nil && pinned.Opens(volume.Secret.SecretName)
	})
	return SecretUses(&others)
}

// isFiles reports whether a container is one that inject added.
func isFiles(c *corev1.Container) bool {
	named := c.Name == prefix || strings.HasPrefix(c.Name, prefix+"-")
	return named && len(c.Args) > 0 && c.Args[0] == "files"
}

func pinnedIn(c *corev1.Container, namespace string) PinnedContainer {
	p := PinnedContainer{Name: c.Name, Image: c.Image, Command: c.Command, Settings: map[string]string{},
		Sealed: map[string]PinnedSecret{}}
	for _, arg := range c.Args[1:] {
		p.addArgument(arg, namespace)
	}
	for _, variable := range c.Env {
		if variable.Name == "VAULT_CACERT_BYTES" {
			p.CA = expanded(variable.Value, namespace)
		}
	}
	return p
}

func (p *PinnedContainer) addArgument(arg, namespace string) {
	flag, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	value = expanded(value, namespace)
	if flag != "sealed" {
		p.Settings[flag] = value
		return
	}
	_, of, _ := strings.Cut(value, "=")
	parts := strings.Split(of, ",")
	var secret PinnedSecret
	for _, part := range parts[1:] {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "transit-key":
			secret.Key = value
		case "scope":
			secret.Scope = value
		}
	}
	p.Sealed[parts[0]] = secret
}

// expanded replaces the only variable that inject uses, as kubelet does.
func expanded(value, namespace string) string {
	return strings.NewReplacer("$$", "$", "$(POD_NAMESPACE)", namespace).Replace(value)
}
