package workload

import (
	"fmt"
	"slices"

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
		return i.fail(ShortLived, fmt.Sprintf("volume %s has a ServiceAccount token beside a sealed Secret, "+
			"and a copy of the token would expire", volume))
	case source.PodCertificate != nil:
		return i.fail(ShortLived, fmt.Sprintf("volume %s has a pod certificate beside a sealed Secret, and a "+
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

// copySources moves sources to volumes that only vaultseal's containers mount, and can read: one for each mode that
// copies have.
func (i *injection) copySources(v *openedVolume, sources []corev1.VolumeProjection, mode int32) {
	if len(sources) == 0 {
		return
	}
	dir := openDir + v.name
	if len(v.args) == 0 {
		v.args = append(v.args, argument("dir", dir))
	}
	for _, copies := range splitByMode(sources, mode) {
		name := i.names.of(copiedPrefix, v.name)
		i.added = append(i.added, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			Projected: &corev1.ProjectedVolumeSource{Sources: copies.sources, DefaultMode: ptr.To(int32(allRead))},
		}})
		value := fmt.Sprintf("%s=%s%s,mode=%s", dir, copiedDir, name, i.mode(copies.mode, v.owner))
		v.args = append(v.args, argument("copy", value))
		v.copies = append(v.copies, name)
		v.modes = append(v.modes, copies.mode)
	}
	v.sources += len(sources)
	if len(i.copied) == 0 || i.copied[len(i.copied)-1] != v.name {
		i.copied = append(i.copied, v.name)
	}
}

// ofMode are sources whose files have the same mode.
type ofMode struct {
	mode    int32
	sources []corev1.VolumeProjection
}

// splitByMode groups sources by the modes of their files, in the order in which these occur.
func splitByMode(sources []corev1.VolumeProjection, mode int32) (groups []ofMode) {
	add := func(mode int32, source corev1.VolumeProjection) {
		n := slices.IndexFunc(groups, func(group ofMode) bool { return group.mode == mode })
		if n < 0 {
			n, groups = len(groups), append(groups, ofMode{mode: mode})
		}
		groups[n].sources = append(groups[n].sources, source)
	}
	for _, source := range sources {
		switch {
		case source.ConfigMap != nil && len(source.ConfigMap.Items) > 0:
			for _, part := range keysByMode(source.ConfigMap.Items, mode) {
				of := source.DeepCopy()
				of.ConfigMap.Items = part.items
				add(part.mode, *of)
			}
		case source.Secret != nil && len(source.Secret.Items) > 0:
			for _, part := range keysByMode(source.Secret.Items, mode) {
				of := source.DeepCopy()
				of.Secret.Items = part.items
				add(part.mode, *of)
			}
		case source.DownwardAPI != nil:
			for _, item := range source.DownwardAPI.Items {
				of := ptr.Deref(item.Mode, mode)
				item.Mode = nil
				add(of, corev1.VolumeProjection{DownwardAPI: &corev1.DownwardAPIProjection{
					Items: []corev1.DownwardAPIVolumeFile{item}}})
			}
		default:
			add(mode, source)
		}
	}
	return groups
}

// keysOfMode are keys whose files have the same mode, which they do not name any more.
type keysOfMode struct {
	mode  int32
	items []corev1.KeyToPath
}

func keysByMode(items []corev1.KeyToPath, mode int32) (groups []keysOfMode) {
	for _, item := range items {
		of := ptr.Deref(item.Mode, mode)
		item.Mode = nil
		n := slices.IndexFunc(groups, func(group keysOfMode) bool { return group.mode == of })
		if n < 0 {
			n, groups = len(groups), append(groups, keysOfMode{mode: of})
		}
		groups[n].items = append(groups[n].items, item)
	}
	return groups
}
