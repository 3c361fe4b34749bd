package workload

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// openedVolume is a volume of the manifest whose files vaultseal writes.
type openedVolume struct {
	name    string
	fields  string // secret or projected
	owner   *int64 // the one user of all its consumers; nil: there are several, or it is not known
	args    []string
	modes   []int32 // of its files
	secrets []string
	copies  []string // volumes that are copied
	sources int
}

// openVolumes makes the changes for all volumes with sealed Secrets.
func (i *injection) openVolumes() error {
	for n := range i.spec.Volumes {
		volume := &i.spec.Volumes[n]
		var opened *openedVolume
		var err error
		switch {
		case volume.Secret != nil && i.isSealed(volume.Secret.SecretName):
			opened, err = i.secretVolume(volume)
		case volume.Projected != nil && slices.ContainsFunc(volume.Projected.Sources, i.isSealedSource):
			opened, err = i.projectedVolume(volume)
		}
		if err == nil && opened != nil {
			err = i.open(opened)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (i *injection) isSealedSource(source corev1.VolumeProjection) bool {
	return source.Secret != nil && i.isSealed(source.Secret.Name)
}

func (i *injection) secretVolume(volume *corev1.Volume) (*openedVolume, error) {
	from := volume.Secret
	if from.DefaultUser != nil {
		return nil, i.ownerField(volume.Name)
	}
	v := &openedVolume{name: volume.Name, fields: "secret", owner: i.onlyUser(volume.Name)}
	return v, i.openSecret(v, opening{secret: from.SecretName, items: from.Items,
		mode:     ptr.Deref(from.DefaultMode, corev1.SecretVolumeSourceDefaultMode),
		optional: ptr.Deref(from.Optional, false)})
}

// opening is a Secret of a volume.
type opening struct {
	secret   string
	items    []corev1.KeyToPath
	mode     int32
	optional bool
}

// openSecret adds the files of a Secret to a volume.
func (i *injection) openSecret(v *openedVolume, from opening) error {
	dir := openDir + v.name
	v.sources++
	v.secrets = append(v.secrets, from.secret)
	if len(from.items) == 0 {
		i.need(from.secret, "", from.optional)
		value := fmt.Sprintf("%s=%s,mode=%s", dir, from.secret, i.mode(from.mode, v.owner))
		v.args = append(v.args, argument("dir", value))
		v.modes = append(v.modes, from.mode)
		return nil
	}
	if declared := argument("dir", dir); !slices.Contains(v.args, declared) {
		v.args = append(v.args, declared)
	}
	for _, item := range from.items {
		if item.User != nil {
			return i.ownerField(v.name)
		}
		if err := cmp.Or(i.checkEntry(from.secret, item.Key), i.checkPath(v.name, item.Path)); err != nil {
			return err
		}
		i.need(from.secret, item.Key, from.optional)
		mode := ptr.Deref(item.Mode, from.mode)
		v.modes = append(v.modes, mode)
		value := fmt.Sprintf("%s/%s=%s/%s,mode=%s", dir, path.Clean(item.Path), from.secret, item.Key,
			i.mode(mode, v.owner))
		if from.optional {
			value += ",optional"
		}
		v.args = append(v.args, argument("file", value))
	}
	return nil
}

// mode is what kubelet makes of a mode: with fsGroup the group may read, because its files belong to root. Files that
// belong to their only reader need no group, and programs such as PostgreSQL refuse a key of their own that has one.
func (i *injection) mode(mode int32, owner *int64) string {
	if i.fsGroup() && ptr.Deref(owner, 0) == 0 {
		mode |= groupRead
	}
	return fmt.Sprintf("%04o", mode)
}

func (i *injection) fsGroup() bool {
	return i.spec.SecurityContext != nil && i.spec.SecurityContext.FSGroup != nil
}

func (i *injection) ownerField(volume string) error {
	return i.fail(OwnerField, fmt.Sprintf("volume %s names the owner of its files (user or defaultUser, "+
		"which Kubernetes has as alpha): inject cannot change owners", volume))
}

// The longest paths that kubelet writes.
const (
	maxPath     = 4096
	maxFileName = 255
)

// checkPath refuses a path that kubelet refuses, and one that a manifest cannot show.
func (i *injection) checkPath(volume, name string) error {
	parts := strings.Split(name, "/")
	wrong := name == "" || len(name) > maxPath || path.IsAbs(name) || strings.HasPrefix(name, "..") ||
		slices.ContainsFunc(parts, func(part string) bool { return part == ".." || len(part) > maxFileName })
	switch {
	case wrong:
		return i.fail(BadName, fmt.Sprintf("volume %s: the path %q is not valid", volume, name))
	case strings.ContainsFunc(name, unicode.IsControl):
		return i.fail(BadName, fmt.Sprintf("volume %s: the path %q has a control character", volume, name))
	}
	return nil
}

// open replaces a volume with one in memory, and lets an init container fill it.
func (i *injection) open(v *openedVolume) error {
	writer, err := i.writerFor(v)
	if err != nil {
		return err
	}
	nested, err := i.nested(v.name)
	if err != nil {
		return err
	}
	for _, dir := range nested {
		v.args = append(v.args, argument("make-dir", openDir+v.name+"/"+dir))
	}
	writer.add(v)
	i.remove(key("volumes"), item(v.name), key(v.fields))
	i.set(asJSON(i.inMemory(int64(v.sources)*secretSpace)), key("volumes"), item(v.name), key("emptyDir"))
	i.mountReadOnly(v.name)
	return nil
}

// secretSpace is the size limit of a memory volume for each Secret in it: twice what a Secret can have, because a
// refresh writes all files before it removes the old ones, and room for files that are smaller than a page.
const secretSpace = 4 << 20

// mountReadOnly makes the mounts of a volume read-only, as kubelet does with those of a Secret.
func (i *injection) mountReadOnly(volume string) {
	for _, c := range containers(i.spec) {
		for _, mount := range c.VolumeMounts {
			if mount.Name == volume && !mount.ReadOnly {
				i.set(true, i.containerPath(c).With(key("volumeMounts"), mountStep(mount), key("readOnly"))...)
			}
		}
	}
}

// nested returns the paths below a volume at which containers mount others, as kubelet makes them in volumes that it
// writes: a container cannot make them in a read-only volume.
func (i *injection) nested(volume string) ([]string, error) {
	var all []string
	for _, c := range containers(i.spec) {
		var points []string
		for _, mount := range c.VolumeMounts {
			points = append(points, path.Clean(mount.MountPath))
		}
		slices.Sort(points)
		for _, mount := range c.VolumeMounts {
			if mount.Name != volume {
				continue
			}
			for _, dir := range below1(path.Clean(mount.MountPath)+"/", points) {
				if err := i.checkPath(volume, dir); err != nil {
					return nil, err
				}
				if !slices.Contains(all, dir) {
					all = append(all, dir)
				}
			}
		}
	}
	return all, nil
}

// below1 returns the paths below a directory, relative to it, without those that are below another one of them.
func below1(dir string, points []string) []string {
	var found []string
	for _, point := range points {
		below, ok := strings.CutPrefix(point, dir)
		if ok && !slices.ContainsFunc(found, func(other string) bool {
			return below == other || strings.HasPrefix(below, other+"/")
		}) {
			found = append(found, below)
		}
	}
	return found
}
