package workload

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// noteOnce adds a note, unless the workload has it already.
func (i *injection) noteOnce(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !slices.Contains(i.notes, note) {
		i.notes = append(i.notes, note)
	}
}

// noteLeft says why a Secret is left alone. A plaintext Secret is nothing to speak of.
func (i *injection) noteLeft(name string, state State) {
	switch state {
	case Absent:
		i.note("secret %s does not exist in namespace %s: it is left as it is; if it will be sealed, specify "+
			"--secrets %s", name, i.namespace, name)
	case Mixed:
		i.note("secret %s is left as it is: some of its entries are not sealed", name)
	case Plain, Sealed, Elsewhere, Unknown:
	}
}

// noteOutsiders says which sealed Secrets kubelet or a driver gets as ciphertext. A note is not worth a question to the
// cluster, which the user may have no right to ask.
func (i *injection) noteOutsiders(outside []outsider) {
	for _, o := range outside {
		if state := i.known.SecretIfKnown(i.namespace, o.secret).State; state == Sealed || state == Mixed {
			i.noteOnce("secret %s is sealed, and %s gets the ciphertext: inject cannot change that", o.secret, o.user)
		}
	}
}

// noteLimits says what differs from a plaintext Secret.
func (i *injection) noteLimits() {
	if len(i.noOwner) > 0 {
		i.note("files of volume %s belong to the user of the image of vaultseal: set runAsUser if a program checks "+
			"the owner", strings.Join(i.noOwner, ", "))
	}
	opened := slices.ContainsFunc(i.writers, func(w *writer) bool { return len(w.refresh) > 0 })
	switch {
	case !i.settings.Refresh && len(i.copied) > 0:
		i.note("volume %s: sealed Secrets, and copies of what is beside them, stay as they are when a pod starts; "+
			"--refresh follows changes", strings.Join(i.copied, ", "))
	case !i.settings.Refresh && opened:
		i.note("files stay as they are when a pod starts; --refresh follows changes of the Secrets")
	case i.settings.Refresh && !opened:
		i.note("--refresh has no effect: variables do not change while a container runs")
	case i.settings.Refresh:
		i.noteNeverRefreshed()
	}
	if i.account() == DefaultAccount && i.vault.Role == "" {
		i.note("it runs as the ServiceAccount default, which other pods of the namespace share: give it one of its own")
	}
	if i.spec.RestartPolicy == corev1.RestartPolicyNever {
		i.note("its pods do not restart (restartPolicy Never): a pod that cannot reach Vault when it starts fails, " +
			"where kubelet waits for a plaintext Secret")
	}
	i.noteHostNetwork()
	i.noteMesh()
	i.noteHostPath()
}

func (i *injection) noteNeverRefreshed() {
	if i.variables > 0 || i.binary {
		i.note("variables do not change while a container runs")
	}
	for _, c := range containers(i.spec) {
		for _, mount := range c.VolumeMounts {
			volume := i.volumeOf(mount.Name)
			if volume != nil && (mount.SubPath != "" || mount.SubPathExpr != "") && i.opens(volume) {
				i.noteOnce("container %s: the mount %s has a subPath, and does not change while the container runs",
					c.Name, mount.MountPath)
			}
		}
	}
}

// opens reports whether a volume has a sealed Secret.
func (i *injection) opens(volume *corev1.Volume) bool {
	return volume.Secret != nil && i.isSealed(volume.Secret.SecretName) ||
		volume.Projected != nil && slices.ContainsFunc(volume.Projected.Sources, i.isSealedSource)
}

// noteMesh says what a service mesh breaks.
func (i *injection) noteMesh() {
	for _, marks := range []map[string]string{i.Annotations, i.Labels} {
		for name, value := range marks {
			isMesh := name == "sidecar.istio.io/inject" || name == "linkerd.io/inject"
			if isMesh && value != "false" && value != "disabled" {
				i.noteOnce("a service mesh that redirects traffic before its proxy runs cuts the container vaultseal " +
					"off from Vault: exclude Vault's port, or let the proxy run as a native sidecar in front of it")
			}
		}
	}
}

// noteHostPath says which volumes show the files of all pods of the node.
func (i *injection) noteHostPath() {
	const pods = "/var/lib/kubelet/pods"
	for _, volume := range i.spec.Volumes {
		if volume.HostPath == nil {
			continue
		}
		host := path.Clean(volume.HostPath.Path)
		if host == "/" || host == pods || strings.HasPrefix(pods, host+"/") || strings.HasPrefix(host, pods+"/") {
			i.note("volume %s shows the directories of kubelet, with the values in memory volumes of all pods of the "+
				"node", volume.Name)
		}
	}
}
