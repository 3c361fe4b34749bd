package sealed

// restartingAnnotations are annotations of a Secret with which a controller restarts workloads when a value of the
// Secret changes:
//
//	Stakater Reloader     reloader.stakater.com/match, for workloads with reloader.stakater.com/search
//	kube-volume-reloader  kube-volume-reloader, with the workloads
//
// The other annotations of Reloader, and those of Wave, are for workloads.
func restartingAnnotations() []string {
	return []string{"reloader.stakater.com/match", "kube-volume-reloader"}
}

// ignoredByReloader is the annotation with which Reloader leaves a Secret out.
const ignoredByReloader = "reloader.stakater.com/ignore"

// RestartsWorkloads returns the annotation of a Secret with which a controller restarts workloads when a value changes,
// as a rewrap does; empty: none. Everyone who may edit the Secret can write it: it decides nothing.
func RestartsWorkloads(annotations map[string]string) string {
	for _, name := range restartingAnnotations() {
		value := annotations[name]
		if value == "" || value == "false" || annotations[ignoredByReloader] == "true" {
			continue
		}
		return name
	}
	return ""
}
