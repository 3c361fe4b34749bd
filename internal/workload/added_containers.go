package workload

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
)

// addContainers adds an init container for each user, and with refresh a sidecar for each. They come first: init
// containers of the manifest may need the values too.
func (i *injection) addContainers() error {
	slices.SortFunc(i.writers, func(a, b *writer) int { return cmp.Compare(a.rank(), b.rank()) })
	if len(i.writers) == 0 {
		i.writerOf(i.podUser())
	}
	first := i.writers[0]
	if i.binary {
		first.args = append(first.args, argument("copy-binary", binaryDir+"/"+binaryName))
		first.mounts = append(first.mounts, corev1.VolumeMount{Name: binaryVolume, MountPath: binaryDir})
	}
	if i.variables > 0 {
		first.args = append(first.args, i.variableArgs...)
		first.mounts = append(first.mounts, corev1.VolumeMount{Name: envVolume, MountPath: envDir})
		for _, s := range i.sources { // a variable may be of any
			first.need(s.secret)
		}
	}
	var added, sidecars []any
	for n, w := range i.writers {
		ending := ""
		if n > 0 {
			ending = fmt.Sprintf("-%d", ptr.Deref(w.user, 0))
		}
		if len(w.args) > 0 {
			added = append(added, asJSON(i.container(prefix+ending, w.user, w.secrets, w.args, w.mounts)))
		}
		if i.settings.Refresh && len(w.refresh) > 0 {
			args := append(w.refresh, "--refresh")
			c := i.container(refreshContainer+ending, w.user, w.secrets, args, w.refreshMounts)
			c.RestartPolicy = ptr.To(corev1.ContainerRestartPolicyAlways)
			sidecars = append(sidecars, asJSON(c))
		}
	}
	i.insertFirst(append(added, sidecars...), key("initContainers"))
	return nil
}

// rank puts the user of the image first, and root last: the first one also writes what belongs to no container.
func (w *writer) rank() int64 {
	switch {
	case w.user == nil:
		return -1
	case *w.user == 0:
		return math.MaxInt64
	}
	return *w.user
}

// container is one that runs the command files. It satisfies the Pod Security level restricted, unless its files must
// belong to root.
func (i *injection) container(name string, user *int64, secrets, args []string,
	mounts []corev1.VolumeMount) corev1.Container {
	sealed, sealedMounts := i.sealedFlags(secrets)
	all := append(append([]string{"files"}, i.vaultFlags()...), append(sealed, args...)...)
	mounts = append(append(sealedMounts, mounts...),
		corev1.VolumeMount{Name: tokenVolume, MountPath: tokenDir, ReadOnly: true})
	c := corev1.Container{
		Name:  name,
		Image: i.settings.Image,
		Args:  all,
		Env: []corev1.EnvVar{{Name: "POD_NAMESPACE", ValueFrom: &corev1.EnvVarSource{
			FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "metadata.namespace"}}}},
		Resources:                i.resources(),
		VolumeMounts:             mounts,
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: ptr.To(false),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			ReadOnlyRootFilesystem:   ptr.To(true),
			RunAsNonRoot:             ptr.To(user == nil || *user != 0),
			RunAsUser:                user,
			SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
	if ca := i.vault.CA; ca != "" {
		c.Env = append(c.Env, corev1.EnvVar{Name: "VAULT_CACERT_BYTES", Value: escaped(ca)})
	}
	return c
}

// vaultFlags say how to reach Vault. The namespace and the role are those of the pod, wherever it is applied.
func (i *injection) vaultFlags() []string {
	vault := i.vault
	flags := []string{"--namespace=$(POD_NAMESPACE)"}
	for _, one := range []struct{ name, value string }{
		{"vault-addr", vault.Address}, {"vault-namespace", vault.Namespace},
		{"vault-tls-server-name", vault.ServerName}, {"vault-proxy-url", vault.Proxy},
		{"vault-auth-method", vault.Method}, {"vault-auth-mount", vault.Mount}, {"vault-role", vault.Role},
	} {
		if one.value != "" {
			flags = append(flags, argument(one.name, one.value))
		}
	}
	if vault.Role == "" {
		flags = append(flags, "--vault-role=$(POD_NAMESPACE)."+escaped(i.account()))
	}
	return append(flags, argument("service-account-token-file", tokenDir+"/token"))
}

// resources are requests equal to limits: a Guaranteed pod stays so, and quotas want both. A pod with resources of its
// own shares them among its containers.
func (i *injection) resources() corev1.ResourceRequirements {
	if own := i.spec.Resources; own != nil && len(own.Requests)+len(own.Limits) > 0 {
		return corev1.ResourceRequirements{}
	}
	memory := i.settings.Memory.DeepCopy()
	if over := i.memory - freeMemory; over > 0 {
		memory.Add(*resource.NewQuantity(over, resource.BinarySI))
	}
	list := corev1.ResourceList{corev1.ResourceCPU: i.settings.CPU, corev1.ResourceMemory: memory}
	return corev1.ResourceRequirements{Requests: list, Limits: list}
}

// freeMemory is what the memory limit of a container leaves for files in memory.
const freeMemory = 16 << 20
