package plugin

import "github.com/vaultseal/kubectl-vaultseal/internal/workload"

// workloadHint is about one error of internal/workload, without those that it wraps.
func workloadHint(err error) string {
	wrong, ok := err.(*workload.Error) //nolint:errorlint // hint looks at each error of the chain
	if !ok {
		return ""
	}
	switch wrong.Kind {
	case workload.NotAManifest:
		return "leave out files that are no manifests of Kubernetes objects"
	case workload.NoTemplate, workload.NotWellFormed:
		return "check the manifest with kubectl apply --dry-run=server -f FILE"
	case workload.NameTaken:
		return "give it another name: inject uses names that begin with vaultseal"
	case workload.BadRecord:
		return "take the manifest from before inject, and inject it again"
	case workload.Owner:
		return "set runAsUser in the securityContext of the container, set fsGroup in that of the pod, or give the " +
			"files a mode that others can read, such as 0444"
	case workload.Unsupported:
		return "remove the reference to the sealed Secret, or open it there with the Go library"
	case workload.BadName:
		return "rename it"
	case workload.OldAPIVersion:
		return "change apiVersion to the version that Kubernetes serves, such as apps/v1"
	case workload.OwnerField:
		return "remove user and defaultUser from the volume: with runAsUser, the files belong to the container's user"
	case workload.ShortLived:
		return "give the token or the certificate a volume of its own"
	case workload.NoCommand:
		return "specify the command of the image with --command CONTAINER=COMMAND"
	case workload.Expansion:
		return "set the variable in another way, or leave out --env=exec on nodes with Kubernetes 1.35"
	}
	return outsideHint(wrong.Kind)
}

// outsideHint is about what the manifest of the workload does not decide.
func outsideHint(kind workload.ErrorKind) string {
	switch kind {
	case workload.NodesTooOld:
		return "use --env=exec, or update the node"
	case workload.NodesUnknown:
		return nodesHint()
	case workload.EntriesUnknown:
		return "add the manifest of the Secret to the input, or leave out --offline"
	case workload.KeysUnknown:
		return "add its manifest to the input, leave out --offline, or put it before the sealed Secret in envFrom"
	case workload.NoKey:
		return "specify the key with --transit-key, or with --secrets NAME=KEY"
	case workload.OtherKey:
		return "if you trust the key, specify --secrets NAME=KEY; if not, seal the Secret again"
	case workload.Loopback:
		return "specify the address that pods use with --vault-addr"
	case workload.WeakScope:
		return "seal it again with kubectl vaultseal create --scope"
	case workload.NoImage:
		return "specify the image with --image"
	case workload.OtherNamespace:
		return "inject the manifests of each namespace with its -n, add the Secret's manifest to the input, " +
			"or specify --secrets"
	case workload.SecretUnknown:
		return "add the manifest to the input, or specify --secrets NAME=KEY if the Secret is sealed, and " +
			"--plain-secrets NAME if not"
	case workload.NotSealed:
		return "seal it again, or specify --secrets if it is sealed; if it must be plaintext, undo inject " +
			"first with kubectl vaultseal uninject"
	}
	return ""
}

func lookupSecretHint(name string) string {
	return "say that it is sealed with --secrets " + name + ", or that it is not with --plain-secrets " + name
}

func lookupConfigMapHint() string {
	return "add the manifest of the ConfigMap to the input"
}

func pinnedCAHint() string {
	return "specify only the CA that signed Vault's certificate with --vault-ca-cert FILE"
}

func nodesHint() string {
	return "specify the version of the nodes with --kubernetes-version, or use --env=exec"
}
