package engine

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/internal/keyusers"
)

// tell finds out which other installations use the open keys, and tells which versions are about to be disabled. The
// listing that retirement relies on cannot have the Secrets of other clusters.
func (t *retirement) tell(ctx context.Context) {
	descriptions := map[string]string{}
	var planned []KeyRetirement
	for _, k := range sortedByRow(t.open()) {
		if k.told {
			continue
		}
		k.told = true
		mount := k.info.Key.Mount
		if _, read := descriptions[mount]; !read {
			descriptions[mount] = ""
			if text, err := k.vault.MountDescription(ctx, mount); err == nil { // else nothing is known
				descriptions[mount] = text
			}
		}
		k.row.OtherInstallations = keyusers.Others(descriptions[mount], k.info.Key, t.request.AuthMount)
		planned = append(planned, k.row)
	}
	if len(planned) > 0 && t.request.Tell != nil {
		t.request.Tell(planned)
	}
}
