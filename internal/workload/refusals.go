package workload

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// refuse refuses pods for which an injected container cannot work.
func (i *injection) refuse() error {
	if i.settings.Image == "" {
		return i.fail(NoImage, "the image of the containers to add is not known")
	}
	windows := i.spec.OS != nil && i.spec.OS.Name == corev1.Windows ||
		i.spec.NodeSelector[corev1.LabelOSStable] == string(corev1.Windows) ||
		i.spec.SecurityContext != nil && i.spec.SecurityContext.WindowsOptions != nil || wantsWindows(i.spec.Affinity)
	for _, c := range containers(i.spec) {
		windows = windows || c.SecurityContext != nil && c.SecurityContext.WindowsOptions != nil
	}
	if windows {
		return i.fail(Unsupported, "it runs on Windows, where inject does not work")
	}
	return i.refuseLoopback()
}

// wantsWindows reports whether a term of an affinity is for nodes with Windows. Terms are alternatives.
func wantsWindows(affinity *corev1.Affinity) bool {
	if affinity == nil || affinity.NodeAffinity == nil ||
		affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return false
	}
	terms := affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	return slices.ContainsFunc(terms, func(term corev1.NodeSelectorTerm) bool {
		return slices.ContainsFunc(term.MatchExpressions, isWindows)
	})
}

func isWindows(want corev1.NodeSelectorRequirement) bool {
	return want.Key == corev1.LabelOSStable && want.Operator == corev1.NodeSelectorOpIn &&
		slices.Equal(want.Values, []string{string(corev1.Windows)})
}
