package plugin

import "github.com/vaultseal/kubectl-vaultseal/internal/patch"

// patchHint is about one error of internal/patch, without those that it wraps.
func patchHint(err error) string {
	switch err {
	case patch.ErrShared: //nolint:errorlint // hint looks at each error of the chain
		return "in the manifest, write the value out instead of the alias or the merge key"
	case patch.ErrForm:
		return "write the manifest as kubectl does: kubectl create --dry-run=client -o yaml -f FILE"
	}
	return ""
}
