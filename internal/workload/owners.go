package workload

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

// Modes.
const (
	otherRead = 0o004
	groupRead = 0o440 // what kubelet adds with fsGroup
	allRead   = 0o444
)

// writer is an init container that writes files as one user. kubelet writes as root, and a container without rights
// cannot change owners: so files belong to the user that writes them.
type writer struct {
	user    *int64 // nil: that of the image
	secrets []string
	args    []string
	mounts  []corev1.VolumeMount
	// What a sidecar repeats.
	refresh       []string
	refreshMounts []corev1.VolumeMount
}

// add lets the writer write a volume.
func (w *writer) add(v *openedVolume) {
	w.args = append(w.args, v.args...)
	w.refresh = append(w.refresh, v.args...)
	w.need(v.secrets...)
	mounts := []corev1.VolumeMount{{Name: v.name, MountPath: openDir + v.name}}
	for _, name := range v.copies {
		mounts = append(mounts, corev1.VolumeMount{Name: name, MountPath: copiedDir + name, ReadOnly: true})
	}
	w.mounts = append(w.mounts, mounts...)
	w.refreshMounts = append(w.refreshMounts, mounts...)
}

func (w *writer) need(secrets ...string) {
	for _, secret := range secrets {
		if !slices.Contains(w.secrets, secret) {
			w.secrets = append(w.secrets, secret)
		}
	}
}

// writerOf returns the writer of a user.
func (i *injection) writerOf(user *int64) *writer {
	for _, w := range i.writers {
		if same(w.user, user) {
			return w
		}
	}
	w := &writer{user: user}
	i.writers = append(i.writers, w)
	return w
}

func same(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// userOf is the user of a container; nil: that of its image.
func (i *injection) userOf(c *corev1.Container) *int64 {
	if c.SecurityContext != nil && c.SecurityContext.RunAsUser != nil {
		return c.SecurityContext.RunAsUser
	}
	if i.spec.SecurityContext != nil {
		return i.spec.SecurityContext.RunAsUser
	}
	return nil
}

// writerFor picks the user that writes a volume: that of its consumers. Where these have several, or none that the
// manifest names, others must be able to read the files, by their modes or by fsGroup.
func (i *injection) writerFor(v *openedVolume) (*writer, error) {
	consumers, users := i.consumers(v.name)
	named := slices.DeleteFunc(slices.Clone(users), func(user *int64) bool { return user == nil })
	if len(consumers) == 0 { // no container reads it
		return i.writerOf(i.podUser()), nil
	}
	hidden := slices.ContainsFunc(v.modes, func(mode int32) bool { return mode&otherRead == 0 })
	if hidden && !i.fsGroup() && (len(named) != 1 || len(users) > 1) {
		return nil, i.fail(Owner, i.noReader(v, consumers, len(named)))
	}
	if len(users) > len(named) {
		i.noOwner = append(i.noOwner, v.name)
	}
	if len(named) == 0 {
		return i.writerOf(nil), nil
	}
	return i.writerOf(named[0]), nil
}

// consumers are the containers that mount a volume, main containers first, and their different users.
func (i *injection) consumers(volume string) (names []string, users []*int64) {
	for _, c := range slices.Backward(containers(i.spec)) {
		if !slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == volume }) {
			continue
		}
		user := i.userOf(c)
		names = append(names, c.Name)
		if !slices.ContainsFunc(users, func(other *int64) bool { return same(other, user) }) {
			users = append(users, user)
		}
	}
	return names, users
}

// onlyUser is the user of all consumers of a volume; nil: there are several, or the manifest does not name one.
func (i *injection) onlyUser(volume string) *int64 {
	if _, users := i.consumers(volume); len(users) == 1 {
		return users[0]
	}
	return nil
}

func (i *injection) noReader(v *openedVolume, consumers []string, users int) string {
	slices.Sort(consumers)
	who := "no runAsUser says as which user container " + strings.Join(consumers, ", ") + " runs"
	if users > 0 {
		who = "containers " + strings.Join(consumers, ", ") + " run as different users"
	}
	lowest := slices.Min(v.modes)
	return fmt.Sprintf("volume %s has files with a mode that hides them from other users (%04o), and %s", v.name,
		lowest, who)
}

func (i *injection) podUser() *int64 {
	if i.spec.SecurityContext != nil {
		return i.spec.SecurityContext.RunAsUser
	}
	return nil
}

// containerPath is the path of a container in the pod spec.
func (i *injection) containerPath(c *corev1.Container) patch.Path {
	list := "containers"
	for n := range i.spec.InitContainers {
		if &i.spec.InitContainers[n] == c {
			list = "initContainers"
		}
	}
	return patch.Path{key(list), item(c.Name)}
}

// mountStep leads to a mount by its path: a container may mount a volume twice.
func mountStep(mount corev1.VolumeMount) patch.Step { return patch.Where("mountPath", mount.MountPath) }
