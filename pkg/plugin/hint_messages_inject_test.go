package plugin

import "github.com/vaultseal/kubectl-vaultseal/internal/workload"

// workloadRows are the rows of internal/workload: a sample for each kind of error.
func workloadRows() map[string]row {
	about := func(kind workload.ErrorKind, reason string) error {
		return &workload.Error{Kind: kind, Object: "deployment/shop", Reason: reason}
	}
	return map[string]row{"workload.Error": hasHint(
		&workload.Error{Kind: workload.NotAManifest,
			Reason: "it is not a manifest: apiVersion or kind is missing, or not text"},
		about(workload.NoTemplate, "there is no pod template at spec.template"),
		about(workload.NotWellFormed, `container app sets the variable "PASSWORD" twice`),
		about(workload.NameTaken, "a container is called vaultseal, a name that inject uses, and the manifest has no "+
			"annotation vaultseal.dev/injected to undo an earlier inject"),
		about(workload.BadRecord, "annotation vaultseal.dev/injected does not restore the manifest: it is not well-formed"),
		about(workload.Owner, "volume tls has files with a mode that hides them from other users (0400), and no runAsUser "+
			"says as which user container app runs"),
		about(workload.Unsupported, "it runs on Windows, where inject does not work"),
		about(workload.BadName, `volume tls: the path "../key" is not valid`),
		about(workload.NodesTooOld, "container app has variables with sealed values, which need Kubernetes 1.35 on every "+
			`node: node a has "v1.34.1"`),
		about(workload.NodesUnknown, "container app has variables with sealed values, which need Kubernetes 1.35 on every "+
			"node: with --offline, no node is asked"),
		about(workload.OldAPIVersion, "Kubernetes does not serve extensions/v1beta1 any more: use apps/v1"),
		about(workload.OwnerField, "volume tls names the owner of its files (user or defaultUser, which Kubernetes has as "+
			"alpha): inject cannot change owners"),
		about(workload.ShortLived, "volume tls has a ServiceAccount token beside a sealed Secret, and a copy of the token "+
			"would expire"),
		about(workload.NoCommand, "container app has variables with sealed values, and its command is not in the manifest"),
		about(workload.Expansion, "container app: an argument refers to $(PASSWORD), which has no value before exec sets it"),
		about(workload.EntriesUnknown, "container app takes all entries of secret db as variables (envFrom), and the "+
			"entries are not known"),
		about(workload.KeysUnknown, "container app: ConfigMap settings comes after a sealed Secret in envFrom, so its "+
			"keys decide which variables the Secret sets, and the keys are not known"),
		about(workload.NoKey, "secret db is sealed, and no annotation names its transit key"),
		about(workload.OtherKey, "secret db has an annotation that names transit key transit/other, which is not the "+
			"configured one, and no annotation that names a scope"),
		about(workload.Loopback, "pods cannot reach Vault at https://127.0.0.1:8200, which is the pod itself"),
		about(workload.WeakScope, "secret db has scope cluster-wide, and strict is required"),
		about(workload.NoImage, "the image of the containers to add is not known"),
		about(workload.OtherNamespace, "secret db is not in the input, and this command asks the cluster only in namespace "+
			"team-a: specify -n team-b"),
		about(workload.SecretUnknown, "secret db is not in the input, so it is not known whether it is sealed"),
		about(workload.NotSealed, "secret db was sealed at the last inject, and now has plaintext"),
	)}
}
