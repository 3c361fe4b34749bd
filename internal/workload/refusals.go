package workload

import (
	corev1 "k8s.io/api/core/v1"
)

// refuse refuses pods for which an injected container cannot work.
func (i *injection) refuse() error {
	if i.settings.Image == "" {
		return i.fail(NoImage, "the image of the containers to add is not known")
	}
	windows := i.spec.OS != nil && i.spec.OS.Name == corev1.Windows ||
		i.spec.NodeSelector[corev1.LabelOSStable] == string(corev1.Windows) ||
		i.spec.SecurityContext != nil && i.spec.SecurityContext.WindowsOptions != nil
	for _, c := range containers(i.spec) {
		windows = windows || c.SecurityContext != nil && c.SecurityContext.WindowsOptions != nil
	}
	if windows {
		return i.fail(Unsupported, "it runs on Windows, where inject does not work")
	}
	return nil
}
