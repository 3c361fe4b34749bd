package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// SecretUse is a reference of a pod to a Secret whose values get into containers.
type SecretUse struct {
	Secret   string
	Entry    string // empty: all entries
	Optional bool   // without the Secret or the entry, the pod starts all the same
	Variable bool   // it sets variables
	Place    string // where it is, such as "volume tls"
}

// SecretUses returns the references of a pod, in the order of its spec.
func SecretUses(spec *corev1.PodSpec) (uses []SecretUse) {
	for _, volume := range spec.Volumes {
		place := "volume " + volume.Name
		if from := volume.Secret; from != nil {
			uses = append(uses, fromVolume(from.SecretName, from.Items, from.Optional, place)...)
		}
		if volume.Projected != nil {
			for _, source := range volume.Projected.Sources {
				if from := source.Secret; from != nil {
					uses = append(uses, fromVolume(from.Name, from.Items, from.Optional, place)...)
				}
			}
		}
	}
	for _, c := range containers(spec) {
		uses = append(uses, fromContainer(c)...)
	}
	return uses
}

func fromVolume(secret string, items []corev1.KeyToPath, optional *bool, place string) []SecretUse {
	whole := SecretUse{Secret: secret, Optional: ptr.Deref(optional, false), Place: place}
	if len(items) == 0 {
		return []SecretUse{whole}
	}
	var uses []SecretUse
	for _, item := range items {
		one := whole
		one.Entry = item.Key
		uses = append(uses, one)
	}
	return uses
}

func fromContainer(c *corev1.Container) (uses []SecretUse) {
	for _, from := range c.EnvFrom {
		if ref := from.SecretRef; ref != nil {
			uses = append(uses, SecretUse{Secret: ref.Name, Optional: ptr.Deref(ref.Optional, false),
				Variable: true, Place: "envFrom of container " + c.Name})
		}
	}
	for _, variable := range c.Env {
		if ref := secretKeyRef(variable); ref != nil {
			uses = append(uses, SecretUse{Secret: ref.Name, Entry: ref.Key, Optional: ptr.Deref(ref.Optional, false),
				Variable: true, Place: "variable " + variable.Name + " of container " + c.Name})
		}
	}
	return uses
}

// HasVariableFiles reports whether kubelet sets variables from files, which older versions do not.
func HasVariableFiles(spec *corev1.PodSpec) bool {
	for _, c := range containers(spec) {
		for _, variable := range c.Env {
			if variable.ValueFrom != nil && variable.ValueFrom.FileKeyRef != nil {
				return true
			}
		}
	}
	return false
}

// HasSidecars reports whether init containers stay, which older versions of Kubernetes do not know.
func HasSidecars(spec *corev1.PodSpec) bool {
	for _, c := range spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			return true
		}
	}
	return false
}
