package workload

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

// undoing checks the edits of a record against the injected pod.
type undoing struct {
	spec     *corev1.PodSpec
	restored map[string]bool  // volumes that get their Secrets back
	emptied  map[string]bool  // volumes that lose their memory
	words    map[string][]int // places of removed words of commands, by container
	records  int              // edits that remove the record
}

// undoChecked returns the edits of a record, or why they do not undo inject.
func undoChecked(edits []patch.Edit, specAt patch.Path, spec *corev1.PodSpec) ([]patch.Edit, string) {
	u := &undoing{spec, map[string]bool{}, map[string]bool{}, map[string][]int{}, 0}
	for _, e := range edits {
		if !hasPrefix(e.At, specAt) {
			continue
		}
		at := e.At[len(specAt):]
		if what := shape(at); e.Op == patch.Set && (what == "volumes[].secret" || what == "volumes[].projected") {
			u.restored[nameOf(at[1])] = true
		}
	}
	var checked []patch.Edit
	for _, e := range edits {
		made := []patch.Edit{e}
		reason := recordForeign
		switch {
		case hasPrefix(e.At, specAt):
			reason = u.check(e, e.At[len(specAt):])
			made = u.besides(e, e.At[len(specAt):])
		case e.Op == patch.Remove && e.At.String() == (Object{}).recordPath().String():
			u.records++
			reason = ""
		}
		if reason != "" {
			return nil, reason
		}
		checked = append(checked, made...)
	}
	if u.records != 1 {
		return nil, "it does not remove itself"
	}
	for name := range u.restored {
		if !u.emptied[name] {
			return nil, recordForeign
		}
	}
	for _, places := range u.words {
		if !slices.Equal(places, []int{3, 2, 1, 0}) {
			return nil, recordForeign
		}
	}
	return checked, ""
}

// shape is a path without what identifies items, such as containers[].env[].valueFrom.
func shape(path patch.Path) string {
	var out strings.Builder
	for n, step := range path {
		name, isKey := step.Key()
		switch {
		case !isKey:
			out.WriteString("[]")
		case strings.ContainsAny(name, "[]."):
			out.WriteString(".?") // a key that would look like several steps
		case n > 0:
			out.WriteString("." + name)
		default:
			out.WriteString(name)
		}
	}
	return out.String()
}

// nameOf is the name of an item; empty: the step does not name it.
func nameOf(step patch.Step) string {
	if field, name, ok := step.Where(); ok && field == "name" {
		return name
	}
	return ""
}

func lastKey(path patch.Path) string {
	name, _ := path[len(path)-1].Key()
	return name
}

// check returns why an edit below spec does not undo inject; empty: it does.
func (u *undoing) check(e patch.Edit, at patch.Path) string {
	what := string(e.Op) + " " + shape(at)
	switch what {
	case "remove initContainers[]", "remove volumes[]":
		return foreignUnless(isOurs(nameOf(at[1])))
	case "remove volumes[].emptyDir", "set volumes[].emptyDir":
		u.emptied[nameOf(at[1])] = true
		return cmp.Or(foreignUnless(e.Value == nil && u.restored[nameOf(at[1])]), u.checkVolume(nameOf(at[1])))
	case "set volumes[].secret", "set volumes[].projected":
		return cmp.Or(foreignUnless(isVolumeSource(lastKey(at), e.Value)), u.checkVolume(nameOf(at[1])))
	}
	if list, _ := at[0].Key(); len(at) < 3 || list != "containers" && list != "initContainers" ||
		nameOf(at[1]) == "" || isOurs(nameOf(at[1])) {
		return recordForeign
	}
	c := u.container(at)
	if c == nil {
		return recordOutdated
	}
	_, within, _ := strings.Cut(what, "[].")
	return u.checkContainer(c, e, string(e.Op)+" "+within)
}

func foreignUnless(ok bool) string {
	if !ok {
		return recordForeign
	}
	return ""
}

func outdatedUnless(ok bool) string {
	if !ok {
		return recordOutdated
	}
	return ""
}

// checkVolume checks that a volume is still the memory that inject made of it.
func (u *undoing) checkVolume(name string) string {
	if name == "" || isOurs(name) {
		return recordForeign
	}
	count := 0
	for _, volume := range u.spec.Volumes {
		if volume.Name != name {
			continue
		}
		count++
		dir := volume.EmptyDir
		if dir == nil || dir.Medium != corev1.StorageMediumMemory ||
			volume.VolumeSource != (corev1.VolumeSource{EmptyDir: dir}) {
			return recordOutdated
		}
	}
	return outdatedUnless(count == 1)
}

func isVolumeSource(field string, value any) bool {
	if field == "secret" {
		var from corev1.SecretVolumeSource
		return decode(value, &from) == nil && from.SecretName != ""
	}
	var from corev1.ProjectedVolumeSource
	if decode(value, &from) != nil {
		return false
	}
	secrets := 0
	for _, source := range from.Sources {
		if source.ServiceAccountToken != nil || source.PodCertificate != nil {
			return false
		}
		if source.Secret != nil {
			secrets++
		}
	}
	return secrets > 0
}

// container is what a path leads into; nil: no container or two containers have that name.
func (u *undoing) container(at patch.Path) *corev1.Container {
	list := u.spec.Containers
	if name, _ := at[0].Key(); name == "initContainers" {
		list = u.spec.InitContainers
	}
	var found *corev1.Container
	for n := range list {
		if list[n].Name == nameOf(at[1]) {
			if found != nil {
				return nil
			}
			found = &list[n]
		}
	}
	return found
}
