package plugin

import (
	"errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

func sealRows() map[string]row {
	const says = "it says what to do"
	return map[string]row{
		"engine.SealError":        noHint("it has the text and the hint of the error that it wraps"),
		"engine.UnnamedError":     hasHint(&engine.UnnamedError{Scope: sealed.Strict}),
		"manifest.ErrNoManifests": noHint(says, manifest.ErrNoManifests),
		"manifest.PartlyWrittenError": noHint("seal names the files that were written",
			&manifest.PartlyWrittenError{Written: []string{"a.yaml"}, Err: errors.New("b.yaml: permission denied")}),
		"manifest.errIsInput":   noHint(says),
		"manifest.errTwoInputs": noHint(says),
	}
}
