package workload

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// containers returns the init containers and the containers of a pod, in the order in which they start.
func containers(spec *corev1.PodSpec) []*corev1.Container {
	var all []*corev1.Container
	for n := range spec.InitContainers {
		all = append(all, &spec.InitContainers[n])
	}
	for n := range spec.Containers {
		all = append(all, &spec.Containers[n])
	}
	return all
}

// references returns the names of the Secrets whose values get into containers, in the order of the manifest.
func references(spec *corev1.PodSpec) []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, use := range SecretUses(spec) {
		if !seen[use.Secret] {
			seen[use.Secret] = true
			names = append(names, use.Secret)
		}
	}
	return names
}

// secretKeyRef is the Secret that kubelet sets a variable from; nil: another source. A value comes first.
func secretKeyRef(variable corev1.EnvVar) *corev1.SecretKeySelector {
	if variable.Value != "" || variable.ValueFrom == nil {
		return nil
	}
	return variable.ValueFrom.SecretKeyRef
}

// outsider is a Secret that kubelet or a storage driver uses by itself, before any container runs.
type outsider struct{ secret, user string }

// outsiders returns the references that inject leaves alone.
func outsiders(spec *corev1.PodSpec) []outsider {
	var all []outsider
	for _, pull := range spec.ImagePullSecrets {
		all = append(all, outsider{pull.Name, "imagePullSecrets"})
	}
	for _, volume := range spec.Volumes {
		if name := driverSecret(volume.VolumeSource); name != "" {
			all = append(all, outsider{name, "the driver of volume " + volume.Name})
		}
	}
	for _, ephemeral := range spec.EphemeralContainers {
		c := corev1.Container(ephemeral.EphemeralContainerCommon)
		for _, use := range fromContainer(&c) {
			all = append(all, outsider{use.Secret, "the ephemeral container " + ephemeral.Name})
		}
	}
	return slices.DeleteFunc(all, func(o outsider) bool { return o.secret == "" })
}

// OutsideUses returns the references of a pod to Secrets that kubelet, a storage driver or an ephemeral container uses.
// inject leaves these alone.
func OutsideUses(spec *corev1.PodSpec) (uses []SecretUse) {
	for _, one := range outsiders(spec) {
		uses = append(uses, SecretUse{Secret: one.secret, Place: one.user})
	}
	return uses
}

// driverSecret is the Secret that a volume's driver reads; empty: none.
func driverSecret(source corev1.VolumeSource) string {
	var ref *corev1.LocalObjectReference
	switch {
	case source.CSI != nil:
		ref = source.CSI.NodePublishSecretRef
	case source.CephFS != nil:
		ref = source.CephFS.SecretRef
	case source.Cinder != nil:
		ref = source.Cinder.SecretRef
	case source.FlexVolume != nil:
		ref = source.FlexVolume.SecretRef
	case source.ISCSI != nil:
		ref = source.ISCSI.SecretRef
	case source.RBD != nil:
		ref = source.RBD.SecretRef
	case source.ScaleIO != nil:
		ref = source.ScaleIO.SecretRef
	case source.StorageOS != nil:
		ref = source.StorageOS.SecretRef
	case source.AzureFile != nil:
		return source.AzureFile.SecretName
	}
	if ref == nil {
		return ""
	}
	return ref.Name
}
