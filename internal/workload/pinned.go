package workload

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Pinned is what the containers of vaultseal in an injected pod have in their manifest. Anyone who can edit the
// workload can change it.
type Pinned struct {
	Images   []string          // of the containers
	Settings map[string]string // values of flags, by the flag's name
	CA       string            // PEM
	Audience string            // of the token for Vault; empty: there is none
	Sealed   map[string]PinnedSecret
}

// PinnedSecret is how a container opens a Secret; what is empty has a default.
type PinnedSecret struct{ Key, Scope string }

// PinnedIn returns what is pinned in a pod of a namespace; false: it has no container of vaultseal.
func PinnedIn(spec *corev1.PodSpec, namespace string) (Pinned, bool) {
	p := Pinned{Settings: map[string]string{}, Sealed: map[string]PinnedSecret{}}
	for n := range spec.InitContainers {
		if c := &spec.InitContainers[n]; isFiles(c) {
			p.addContainer(c, namespace)
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
	return p, len(p.Images) > 0
}

// isFiles reports whether a container is one that inject added.
func isFiles(c *corev1.Container) bool {
	named := c.Name == prefix || strings.HasPrefix(c.Name, prefix+"-")
	return named && len(c.Args) > 0 && c.Args[0] == "files"
}

func (p *Pinned) addContainer(c *corev1.Container, namespace string) {
	p.Images = append(p.Images, c.Image)
	for _, arg := range c.Args[1:] {
		p.addArgument(arg, namespace)
	}
	for _, variable := range c.Env {
		if variable.Name == "VAULT_CACERT_BYTES" {
			p.CA = expanded(variable.Value, namespace)
		}
	}
}

func (p *Pinned) addArgument(arg, namespace string) {
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
