package workload

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// isOurs reports whether a name of a volume or a container is one that only inject uses.
func isOurs(name string) bool { return strings.HasPrefix(name, prefix) }

// ours returns the first thing in a pod that only inject makes, and its name; empty: nothing.
func ours(spec *corev1.PodSpec) (what, name string) {
	for _, volume := range spec.Volumes {
		if isOurs(volume.Name) {
			return "a volume", volume.Name
		}
	}
	for _, c := range containers(spec) {
		if isOurs(c.Name) {
			return "a container", c.Name
		}
		for _, mount := range c.VolumeMounts {
			if isOurs(mount.Name) {
				return "a mounted volume", mount.Name
			}
		}
		for _, one := range c.Env {
			if one.ValueFrom != nil && one.ValueFrom.FileKeyRef != nil && isOurs(one.ValueFrom.FileKeyRef.VolumeName) {
				return "the volume of a variable", one.ValueFrom.FileKeyRef.VolumeName
			}
		}
		program := binaryDir + "/" + binaryName
		isProgram := func(word string) bool { return strings.Contains(word, program) }
		if slices.ContainsFunc(c.Command, isProgram) || slices.ContainsFunc(c.Args, isProgram) {
			return "the program of a command", program
		}
	}
	return "", ""
}
