package workload

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// writeOut finds the variables that envFrom sets from sealed Secrets. In kubelet, later items of envFrom win, and env
// wins over envFrom. What is written out is set in env, so names that something later sets are left out.
func (i *injection) writeOut(v *containerVariables) error {
	c := v.container
	for n, from := range c.EnvFrom {
		var err error
		switch {
		case from.SecretRef != nil && i.isSealed(from.SecretRef.Name):
			err = i.writeOutSecret(v, from)
			v.envFrom = append(v.envFrom, n)
		case len(v.envFrom) > 0:
			err = i.leaveOutKeys(v, from)
		}
		if err != nil {
			return err
		}
	}
	for n, one := range c.Env {
		at := slices.IndexFunc(v.first, func(first variable) bool { return first.name == one.Name })
		if at < 0 {
			continue
		}
		if err := i.checkOverridden(c, n); err != nil {
			return err
		}
		v.first = slices.Delete(v.first, at, at+1)
	}
	return nil
}

// writeOutSecret adds a variable for each entry. kubelet requires the Secret, and none of its entries.
func (i *injection) writeOutSecret(v *containerVariables, from corev1.EnvFromSource) error {
	name := from.SecretRef.Name
	secret := i.secrets[name]
	if !secret.EntriesKnown {
		return i.fail(EntriesUnknown, fmt.Sprintf("container %s takes all entries of secret %s as variables "+
			"(envFrom), and the entries are not known", v.container.Name, name))
	}
	i.need(name, "", ptr.Deref(from.SecretRef.Optional, false))
	for _, entry := range secret.Entries {
		if err := i.checkEntry(name, entry); err != nil {
			return err
		}
		v.leaveOut(from.Prefix + entry)
		v.first = append(v.first, variable{from.Prefix + entry, name, entry, true})
	}
	i.noteOnce("container %s: entries that are added to secret %s later do not become variables; run inject again",
		v.container.Name, name)
	return nil
}

func (v *containerVariables) leaveOut(name string) {
	v.first = slices.DeleteFunc(v.first, func(one variable) bool { return one.name == name })
}

// leaveOutKeys leaves out the names that a later item of envFrom sets.
func (i *injection) leaveOutKeys(v *containerVariables, from corev1.EnvFromSource) error {
	var keys []string
	var optional *bool
	state, what := Unknown, "an item"
	switch {
	case from.ConfigMapRef != nil:
		what = "ConfigMap " + from.ConfigMapRef.Name
		found, err := i.known.ConfigMap(i.namespace, from.ConfigMapRef.Name)
		if err != nil {
			return err
		}
		state, keys, optional = found.State, found.Keys, from.ConfigMapRef.Optional
	case from.SecretRef != nil:
		what = "Secret " + from.SecretRef.Name
		found, err := i.known.Secret(i.namespace, from.SecretRef.Name)
		if err != nil {
			return err
		}
		state, keys, optional = found.State, found.Entries, from.SecretRef.Optional
		if !found.EntriesKnown && state != Absent && state != Elsewhere {
			state = Unknown
		}
	}
	if state == Elsewhere {
		return i.elsewhere(what)
	}
	if state == Absent && ptr.Deref(optional, false) {
		i.noteOnce("container %s: %s does not exist; if it is created later, its keys do not replace variables of the "+
			"sealed Secret before it", v.container.Name, what)
		return nil
	}
	if state == Unknown || state == Absent {
		return i.fail(KeysUnknown, fmt.Sprintf("container %s: %s comes after a sealed Secret in envFrom, "+
			"so its keys decide which variables the Secret sets, and the keys are not known", v.container.Name, what))
	}
	for _, name := range keys {
		v.leaveOut(from.Prefix + name)
	}
	return nil
}

// checkOverridden refuses a variable of env in place of one of envFrom if both values count: the first one until the
// second one is set.
func (i *injection) checkOverridden(c *corev1.Container, n int) error {
	name := c.Env[n].Name
	for _, before := range c.Env[:n+1] {
		if slices.Contains(expansions(before.Value), name) {
			return i.fail(Expansion, fmt.Sprintf("container %s: the variable %q refers to $(%s) of a sealed Secret, "+
				"and env sets %s again: rename one of them", c.Name, before.Name, name, name))
		}
	}
	if from := c.Env[n].ValueFrom; c.Env[n].Value == "" && from != nil && optionalSource(from) {
		return i.fail(Expansion, fmt.Sprintf("container %s: the variable %q is set by a sealed Secret in envFrom, and "+
			"by an optional reference in env: remove one of them", c.Name, name))
	}
	return nil
}

func optionalSource(from *corev1.EnvVarSource) bool {
	var optional *bool
	switch {
	case from.SecretKeyRef != nil:
		optional = from.SecretKeyRef.Optional
	case from.ConfigMapKeyRef != nil:
		optional = from.ConfigMapKeyRef.Optional
	case from.FileKeyRef != nil:
		optional = from.FileKeyRef.Optional
	}
	return ptr.Deref(optional, false)
}
