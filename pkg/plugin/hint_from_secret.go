package plugin

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/secretusers"
)

// fromSecretHint is about one error of create --from-secret, without those that it wraps.
func fromSecretHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *sealed.LeftError:
		return leftHint(e.Reason)
	case *manifest.FileExistsError:
		return "to replace the file, add --overwrite; or specify another --output-dir"
	case *secretusers.InUseError:
		return "let pods open it: kubectl vaultseal inject changes their manifests. To seal it now, because they are " +
			"injected or may fail, add --in-use"
	case *secretusers.UnreadError:
		return "ask an administrator for the verb list on these resources; or, if you know that nothing needs the " +
			"plaintext, add --in-use"
	}
	return ""
}

// sealManyHint is about Secrets of the cluster that are not named.
func sealManyHint() string {
	return "to see which Secrets can be sealed, add --dry-run; to write sealed manifests for git, add " +
		"--output-dir DIR; to seal Secrets in place, name them"
}

// leftHint says how the values can be sealed elsewhere; empty: they cannot, or the error that it wraps says it.
func leftHint(reason sealed.LeftReason) string {
	switch reason {
	case sealed.LeftManaged:
		return "seal the manifest that the tool applies: kubectl vaultseal seal -f MANIFEST"
	case sealed.LeftOwned:
		return "seal its values under another name, and change what creates it: kubectl get secret NAME -o yaml " +
			"shows its owners"
	case sealed.LeftImmutable:
		return "seal its values under another name, and let workloads use that Secret"
	case sealed.LeftNamespace, sealed.LeftType, sealed.LeftEmpty, sealed.LeftSealed:
	}
	return ""
}
