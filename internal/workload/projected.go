package workload

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// projectedVolume opens the sealed Secrets of a projected volume, and copies its other sources, in their order: later
// ones win.
func (i *injection) projectedVolume(volume *corev1.Volume) (*openedVolume, error) {
	from := volume.Projected
	if from.DefaultUser != nil {
		return nil, i.ownerField(volume.Name)
	}
	v := &openedVolume{name: volume.Name, fields: "projected", owner: i.onlyUser(volume.Name)}
	mode := ptr.Deref(from.DefaultMode, corev1.ProjectedVolumeSourceDefaultMode)
	var others []corev1.VolumeProjection
	for _, source := range from.Sources {
		if !i.isSealedSource(source) {
			if err := i.checkCopied(volume.Name, source); err != nil {
				return nil, err
			}
			others = append(others, source)
			continue
		}
		i.copySources(v, others, mode)
		others = nil
		err := i.openSecret(v, opening{secret: source.Secret.Name, items: source.Secret.Items, mode: mode,
			optional: ptr.Deref(source.Secret.Optional, false)})
		if err != nil {
			return nil, err
		}
	}
	i.copySources(v, others, mode)
	return v, nil
}

// checkCopied refuses a source whose copy would not be what the source is.
func (i *injection) checkCopied(volume string, source corev1.VolumeProjection) error {
	var users []*int64
	switch {
	case source.ServiceAccountToken != nil:
		return i.fail(Unsupported, fmt.Sprintf("volume %s has a ServiceAccount token beside a sealed Secret, "+
			"and a copy of the token would expire", volume))
	case source.PodCertificate != nil:
		return i.fail(Unsupported, fmt.Sprintf("volume %s has a pod certificate beside a sealed Secret, and a "+
			"copy of the certificate would expire", volume))
	case source.ClusterTrustBundle != nil:
		users = append(users, source.ClusterTrustBundle.User)
	case source.ConfigMap != nil:
		for _, item := range source.ConfigMap.Items {
			users = append(users, item.User)
		}
	case source.DownwardAPI != nil:
		for _, item := range source.DownwardAPI.Items {
			users = append(users, item.User)
		}
	case source.Secret != nil:
		for _, item := range source.Secret.Items {
			users = append(users, item.User)
		}
	default:
		return i.fail(Unsupported, fmt.Sprintf("volume %s has a source beside a sealed Secret that inject does "+
			"not know", volume))
	}
	for _, user := range users {
		if user != nil {
			return i.ownerField(volume)
		}
	}
	return nil
}

// copySources moves sources to a volume that only vaultseal's containers mount.
func (i *injection) copySources(v *openedVolume, sources []corev1.VolumeProjection, mode int32) {
	if len(sources) == 0 {
		return
	}
	name := i.names.of(copiedPrefix, v.name)
	i.added = append(i.added, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{Sources: i.readable(v, sources),
			DefaultMode: ptr.To(i.copiedMode(v, mode))},
	}})
	dir := openDir + v.name
	if declared := argument("dir", dir); len(v.args) == 0 {
		v.args = append(v.args, declared)
	}
	v.args = append(v.args, argument("copy", dir+"="+copiedDir+name))
	v.copies = append(v.copies, name)
	v.sources += len(sources)
	if len(i.copied) == 0 || i.copied[len(i.copied)-1] != v.name {
		i.copied = append(i.copied, v.name)
	}
}

// copiedMode is the mode of a file that vaultseal copies: it must be able to read it, and files keep their modes.
func (i *injection) copiedMode(v *openedVolume, mode int32) int32 {
	if i.fsGroup() || mode&otherRead != 0 || v.owner != nil && *v.owner == 0 { // kubelet's files belong to root
		return mode
	}
	if mode|allRead != mode {
		i.noteOnce("volume %s: all users of its containers can read what is copied beside its sealed Secrets", v.name)
	}
	return mode | allRead
}

// readable is the sources with the modes of copied files.
func (i *injection) readable(v *openedVolume, sources []corev1.VolumeProjection) []corev1.VolumeProjection {
	readable := make([]corev1.VolumeProjection, len(sources))
	for n := range sources {
		source := sources[n].DeepCopy()
		var modes []*int32
		switch {
		case source.ConfigMap != nil:
			for n := range source.ConfigMap.Items {
				modes = append(modes, source.ConfigMap.Items[n].Mode)
			}
		case source.DownwardAPI != nil:
			for n := range source.DownwardAPI.Items {
				modes = append(modes, source.DownwardAPI.Items[n].Mode)
			}
		case source.Secret != nil:
			for n := range source.Secret.Items {
				modes = append(modes, source.Secret.Items[n].Mode)
			}
		}
		for _, mode := range modes {
			if mode != nil {
				*mode = i.copiedMode(v, *mode)
			}
		}
		readable[n] = *source
	}
	return readable
}
