package workload

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"k8s.io/apimachinery/pkg/api/resource"
)

// binaryName is the program in the volume of the binary.
const binaryName = "kubectl-vaultseal"

// isFileName reports whether a variable can be a file, and named in a flag. Kubernetes allows more than a shell does.
func isFileName(variable string) bool {
	odd := func(char rune) bool { return char < ' ' || char > '~' || strings.ContainsRune("/=,", char) }
	return variable != "" && variable != "." && !strings.HasPrefix(variable, "..") &&
		!strings.ContainsFunc(variable, odd) && len(variable) <= maxFileName
}

// setByExec puts the command exec in front of the command of a container. The values are files in a memory volume that
// no other container of the manifest mounts.
func (i *injection) setByExec(v *containerVariables) error {
	c := v.container
	if err := i.checkExec(v); err != nil {
		return err
	}
	volume := i.names.of(envPrefix, c.Name)
	i.added = append(i.added, corev1.Volume{Name: volume,
		VolumeSource: corev1.VolumeSource{EmptyDir: i.inMemory(variablesSpace(len(v.all())))}})
	w := i.writerOf(i.userOf(c))
	dir := envDir + "/" + c.Name
	w.mounts = append(w.mounts, corev1.VolumeMount{Name: volume, MountPath: dir})
	mode := int32(allRead)
	if w.user != nil {
		mode = 0o400
	}
	for _, one := range v.all() {
		w.need(one.secret)
		value := fmt.Sprintf("%s/%s=%s/%s,mode=%s", dir, one.name, one.secret, one.entry, i.mode(mode, w.user))
		if one.optional {
			value += ",optional"
		}
		w.args = append(w.args, argument("file", value))
	}
	i.binary = true
	at := i.containerPath(c)
	i.wrap(c)
	i.removeVariables(v)
	i.insertLast([]any{
		asJSON(corev1.VolumeMount{Name: binaryVolume, MountPath: binaryDir, ReadOnly: true}),
		asJSON(corev1.VolumeMount{Name: volume, MountPath: envDir, ReadOnly: true}),
	}, at.With(key("volumeMounts"))...)
	return nil
}

// execWords are in front of a command that exec starts.
func execWords() []string {
	return []string{binaryDir + "/" + binaryName, "exec", argument("env-dir", envDir), "--"}
}

// wrap changes the command.
func (i *injection) wrap(c *corev1.Container) {
	at := i.containerPath(c).With(key("command"))
	var words []any
	for _, word := range execWords() {
		words = append(words, word)
	}
	if len(c.Command) > 0 {
		i.insertFirst(words, at...)
		return
	}
	for _, word := range i.settings.Commands[c.Name] {
		words = append(words, escaped(word))
	}
	i.set(words, at...)
}

// removeVariables removes the variables that exec sets.
func (i *injection) removeVariables(v *containerVariables) {
	at := i.containerPath(v.container).With(key("env"))
	if len(v.inPlace) > 0 && len(v.inPlace) == len(v.container.Env) {
		i.remove(at...)
		return
	}
	for n := range v.container.Env {
		if one, found := v.inPlace[n]; found {
			i.remove(at.With(item(one.name))...)
		}
	}
}

// checkExec refuses what exec would break.
func (i *injection) checkExec(v *containerVariables) error {
	c := v.container
	if len(c.Command) == 0 && len(i.settings.Commands[c.Name]) == 0 {
		return i.fail(NoCommand, fmt.Sprintf("container %s has variables with sealed values, and its command is not "+
			"in the manifest", c.Name))
	}
	if len(c.Command) == 0 && len(c.Args) == 0 {
		i.note("container %s: Kubernetes ignores its image's arguments (CMD) now: --command must include them", c.Name)
	}
	for _, mount := range c.VolumeMounts {
		if point := path.Clean(mount.MountPath); point == root || strings.HasPrefix(point, root+"/") {
			return i.fail(NameTaken, fmt.Sprintf("container %s mounts a volume at %s, which inject uses",
				c.Name, point))
		}
	}
	for _, one := range v.all() {
		if !isFileName(one.name) {
			return i.fail(BadName, fmt.Sprintf("container %s: exec cannot set the variable %q", c.Name, one.name))
		}
		if user := firstReference(c, one.name); user != "" {
			return i.fail(Expansion, fmt.Sprintf("container %s: %s refers to $(%s), which has no value before exec "+
				"sets it", c.Name, user, one.name))
		}
	}
	i.noteExec(c)
	return nil
}

// firstReference is what refers to a variable in a way that kubelet resolves; empty: nothing.
func firstReference(c *corev1.Container, name string) string {
	refers := func(text string) bool { return slices.Contains(expansions(text), name) }
	for _, one := range c.Env {
		if refers(one.Value) {
			return fmt.Sprintf("the variable %q", one.Name)
		}
	}
	switch {
	case slices.ContainsFunc(c.Command, refers):
		return "its command"
	case slices.ContainsFunc(c.Args, refers):
		return "an argument"
	case slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return refers(m.SubPathExpr) }):
		return "a subPathExpr"
	}
	return ""
}

// noteExec says what of the container lacks the variables.
func (i *injection) noteExec(c *corev1.Container) {
	var without []string
	for _, probe := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if probe != nil && probe.Exec != nil {
			without = append(without, "probes that run a command")
			break
		}
	}
	if hooks := c.Lifecycle; hooks != nil && (hooks.PostStart != nil && hooks.PostStart.Exec != nil ||
		hooks.PreStop != nil && hooks.PreStop.Exec != nil) {
		without = append(without, "hooks that run a command")
	}
	i.note("container %s: only its command has the variables with sealed values; %s do not", c.Name,
		strings.Join(append(without, "processes that kubectl exec starts"), ", "))
}

// binarySpace is the size limit of the volume of the binary.
const binarySpace = 128 << 20

func binarySource() *corev1.EmptyDirVolumeSource {
	return &corev1.EmptyDirVolumeSource{SizeLimit: resource.NewQuantity(binarySpace, resource.BinarySI)}
}
