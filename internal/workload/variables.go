package workload

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// variable is an environment variable that has the value of a sealed entry.
type variable struct {
	name, secret, entry string
	optional            bool
}

// containerVariables are what changes in the environment of a container.
type containerVariables struct {
	container *corev1.Container
	first     []variable       // from envFrom: they come before all others
	inPlace   map[int]variable // by their place in env
	envFrom   []int            // places in envFrom that are written out
}

func (v *containerVariables) all() []variable {
	all := slices.Clone(v.first)
	for n := range v.container.Env {
		if one, found := v.inPlace[n]; found {
			all = append(all, one)
		}
	}
	return all
}

// setVariables makes the changes for all variables with sealed values.
func (i *injection) setVariables() error {
	for _, c := range containers(i.spec) {
		v, err := i.variablesOf(c)
		if err != nil {
			return err
		}
		if len(v.all())+len(v.envFrom) == 0 {
			continue
		}
		if err := i.checkVariables(v); err != nil {
			return err
		}
		if i.settings.Exec {
			err = i.setByExec(v)
		} else {
			i.setByFiles(v)
		}
		if err != nil {
			return err
		}
		i.removeEnvFrom(v)
	}
	return nil
}

// variablesOf finds the variables of a container that have sealed values.
func (i *injection) variablesOf(c *corev1.Container) (*containerVariables, error) {
	v := &containerVariables{container: c, inPlace: map[int]variable{}}
	if err := i.writeOut(v); err != nil {
		return nil, err
	}
	for n, one := range c.Env {
		ref := secretKeyRef(one)
		if ref == nil || !i.isSealed(ref.Name) {
			continue
		}
		if err := i.checkEntry(ref.Name, ref.Key); err != nil {
			return nil, err
		}
		optional := ptr.Deref(ref.Optional, false)
		i.need(ref.Name, ref.Key, optional)
		v.inPlace[n] = variable{one.Name, ref.Name, ref.Key, optional}
	}
	return v, nil
}

// checkVariables refuses variables that are set twice: which one counts depends on who reads the manifest.
func (i *injection) checkVariables(v *containerVariables) error {
	for _, one := range v.inPlace {
		twice := slices.IndexFunc(v.container.Env, func(e corev1.EnvVar) bool { return e.Name == one.name })
		if _, ok := v.inPlace[twice]; !ok || v.inPlace[twice] != one || countNamed(v.container.Env, one.name) > 1 {
			return i.fail(NotWellFormed, fmt.Sprintf("container %s sets the variable %q twice",
				v.container.Name, one.name))
		}
	}
	if i.settings.Exec {
		return nil
	}
	without, err := i.known.WithoutVariableFiles()
	if err != nil || without.Reason == "" {
		return err
	}
	kind := NodesUnknown
	if without.Old {
		kind = NodesTooOld
	}
	return i.fail(kind, fmt.Sprintf("container %s has variables with sealed values, which need "+
		"Kubernetes 1.35 on every node: %s", v.container.Name, without.Reason))
}

func countNamed(env []corev1.EnvVar, name string) int {
	count := 0
	for _, one := range env {
		if one.Name == name {
			count++
		}
	}
	return count
}

// plainName is a name that needs no quotes anywhere: in a flag, as a file and in a file of variables.
var plainName = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// setByFiles lets kubelet read each variable from a file of its own: a value that such a file cannot have must not
// break other variables.
func (i *injection) setByFiles(v *containerVariables) {
	c := v.container
	number := 0
	source := func(one variable) map[string]any {
		file, name := one.name, one.name
		if number++; !plainName().MatchString(name) || len(name) > maxFileName {
			file, name = fmt.Sprintf("%d-variable", number), "VALUE" // no plain name begins with a digit
		}
		value := fmt.Sprintf("%s/%s/%s=%s:%s/%s", envDir, c.Name, file, name, one.secret, one.entry)
		ref := map[string]any{"volumeName": envVolume, "path": c.Name + "/" + file, "key": name}
		if one.optional {
			value += ",optional"
			ref["optional"] = true
		}
		i.variableArgs = append(i.variableArgs, argument("env-file", value))
		i.variables++
		return map[string]any{"fileKeyRef": ref}
	}
	at := i.containerPath(c)
	var first []any
	for _, one := range v.first {
		first = append(first, map[string]any{"name": one.name, "valueFrom": source(one)})
	}
	for n := range c.Env {
		if one, found := v.inPlace[n]; found {
			i.set(source(one), at.With(key("env"), item(one.name), key("valueFrom"))...)
		}
	}
	i.insertFirst(first, at.With(key("env"))...)
}

// removeEnvFrom removes what is written out.
func (i *injection) removeEnvFrom(v *containerVariables) {
	at := i.containerPath(v.container).With(key("envFrom"))
	if len(v.envFrom) > 0 && len(v.envFrom) == len(v.container.EnvFrom) {
		i.remove(at...)
		return
	}
	for _, n := range slices.Backward(v.envFrom) {
		i.remove(at.With(index(n))...)
	}
}
