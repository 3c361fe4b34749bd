package plugin

import "github.com/vaultseal/kubectl-vaultseal/internal/patch"

func patchRows() map[string]row {
	const place = "the error around it names the place"
	return map[string]row{
		"patch.PathError": hasHint(&patch.PathError{
			At: patch.Path{patch.Key("spec"), patch.Key("containers"), patch.Item("app")}, Reason: patch.ErrShared}),
		"patch.ErrForm":      hasHint(patch.ErrForm),
		"patch.ErrShared":    hasHint(patch.ErrShared),
		"patch.ErrAbsent":    noHint(place),
		"patch.ErrAmbiguous": noHint(place),
		"patch.ErrNoList":    noHint(place),
		"patch.ErrNoMapping": noHint(place),
		"patch.ErrPath":      noHint(place),
	}
}
