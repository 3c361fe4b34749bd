package workload

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

// checkContainer checks an edit in a container of the manifest.
func (u *undoing) checkContainer(c *corev1.Container, e patch.Edit, what string) string {
	last := e.At[len(e.At)-1]
	switch what {
	case "set env[].valueFrom":
		var from corev1.EnvVarSource
		name := nameOf(e.At[len(e.At)-2])
		return cmp.Or(foreignUnless(decode(e.Value, &from) == nil && isSecretOnly(&from)),
			outdatedUnless(countNamed(c.Env, name) == 1 && isFromFile(c, name)))
	case "remove env[]":
		name := nameOf(last)
		return cmp.Or(foreignUnless(name != ""), outdatedUnless(countNamed(c.Env, name) == 0 || isFromFile(c, name)))
	case "insert env[]":
		return checkAdded(c, []any{e.Value})
	case "set env":
		list, isList := e.Value.([]any)
		return cmp.Or(foreignUnless(isList), checkAdded(c, list))
	case "set envFrom":
		list, isList := e.Value.([]any)
		return cmp.Or(foreignUnless(isList && isEnvFrom(list...)), outdatedUnless(len(c.EnvFrom) == 0))
	case "insert envFrom[]":
		return cmp.Or(foreignUnless(isEnvFrom(e.Value)), outdatedUnless(e.Left == digestOf(c.EnvFrom)))
	case "remove command", "set command", "remove command[]":
		return u.checkCommand(c, e, what)
	case "remove volumeMounts[]", "remove volumeMounts[].readOnly", "set volumeMounts[].readOnly":
		return u.checkMount(c, e, what)
	}
	return recordForeign
}

// checkCommand checks that the words of inject are still in front of the command.
func (u *undoing) checkCommand(c *corev1.Container, e patch.Edit, what string) string {
	wrong := false
	switch what {
	case "set command":
		list, isList := e.Value.([]any)
		wrong = e.Value != nil && (!isList || len(list) > 0)
	case "remove command[]":
		place, isIndex := e.At[len(e.At)-1].Index()
		wrong = !isIndex
		u.words[e.At[:len(e.At)-1].String()] = append(u.words[e.At[:len(e.At)-1].String()], place)
	}
	words := execWords()
	return cmp.Or(foreignUnless(!wrong),
		outdatedUnless(len(c.Command) > len(words) && slices.Equal(c.Command[:len(words)], words)))
}

// checkMount checks a mount that inject added or made read-only. One that is gone needs no undoing.
func (u *undoing) checkMount(c *corev1.Container, e patch.Edit, what string) string {
	step := e.At[len(e.At)-1]
	if what != "remove volumeMounts[]" {
		step = e.At[len(e.At)-2]
	}
	field, point, _ := step.Where()
	added := what == "remove volumeMounts[]"
	if field != "mountPath" || added && point != binaryDir && point != envDir || e.Value != nil && e.Value != false {
		return recordForeign
	}
	for _, mount := range c.VolumeMounts {
		if mount.MountPath == point && (added && !isOurs(mount.Name) || !added && !u.restored[mount.Name]) {
			return recordOutdated
		}
	}
	return ""
}

// besides returns the edits that restore variables. If others have added some since, theirs stay.
func (u *undoing) besides(e patch.Edit, at patch.Path) []patch.Edit {
	list, isList := e.Value.([]any)
	if e.Op != patch.Set || !isList || lastKey(at) != "env" || len(at) != 3 {
		return []patch.Edit{e}
	}
	if c := u.container(at); c == nil || len(c.Env) == 0 {
		return []patch.Edit{e}
	}
	var edits []patch.Edit
	for n, one := range list {
		edits = append(edits, patch.Edit{Op: patch.Insert, At: e.At.With(index(n)), Value: one})
	}
	return edits
}

// checkAdded checks variables from Secrets that the container lacks.
func checkAdded(c *corev1.Container, values []any) string {
	for _, value := range values {
		var one corev1.EnvVar
		if decode(value, &one) != nil || one.Name == "" || one.Value != "" || !isSecretOnly(one.ValueFrom) {
			return recordForeign
		}
		if countNamed(c.Env, one.Name) > 0 {
			return recordOutdated
		}
	}
	return ""
}

func isSecretOnly(from *corev1.EnvVarSource) bool {
	return from != nil && from.SecretKeyRef != nil && *from == corev1.EnvVarSource{SecretKeyRef: from.SecretKeyRef}
}

func isFromFile(c *corev1.Container, name string) bool {
	at := slices.IndexFunc(c.Env, func(one corev1.EnvVar) bool { return one.Name == name })
	if at < 0 || c.Env[at].Value != "" || c.Env[at].ValueFrom == nil {
		return false
	}
	from := c.Env[at].ValueFrom
	return from.FileKeyRef != nil && from.FileKeyRef.VolumeName == envVolume &&
		*from == corev1.EnvVarSource{FileKeyRef: from.FileKeyRef}
}

func isEnvFrom(values ...any) bool {
	return !slices.ContainsFunc(values, func(value any) bool {
		var from corev1.EnvFromSource
		return decode(value, &from) != nil || from.SecretRef == nil || from.ConfigMapRef != nil
	})
}

// leftAt is what inject left where an edit has no name to go by: a digest of the list.
func leftAt(e patch.Edit, specAt patch.Path, spec *corev1.PodSpec) string {
	if e.Op != patch.Insert || !hasPrefix(e.At, specAt) || !strings.HasSuffix(shape(e.At), ".envFrom[]") {
		return ""
	}
	c := (&undoing{spec: spec}).container(e.At[len(specAt):])
	if c == nil {
		return ""
	}
	return digestOf(c.EnvFrom)
}

func digestOf(list []corev1.EnvFromSource) string {
	text, err := json.Marshal(list)
	if err != nil {
		return "" // the types of the API can be written
	}
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:8])
}
