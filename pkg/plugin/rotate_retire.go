package plugin

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// defaultKeep is how many key versions go on opening: what was written with the
// one before the latest while it was being rotated still does.
const defaultKeep = 2

// retireFlags are --retire and what goes with it.
type retireFlags struct {
	retire, yes bool
	keep        int
}

func (f *retireFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.retire, "retire", false, "Afterwards disable old key versions, if no Secret of the cluster "+
		"needs them; requires -A")
	flags.IntVar(&f.keep, "keep", defaultKeep, "With --retire, keep `N` versions enabled, including the latest")
	flags.BoolVarP(&f.yes, "yes", "y", false, "With --retire, do not ask")
}

func (f *retireFlags) check(flags *pflag.FlagSet, o *rotateOptions) error {
	switch {
	case !f.retire && flags.Changed("keep"):
		return usagef("--keep requires --retire")
	case !f.retire:
		return nil
	case f.keep < 1:
		return usagef("--keep %d: want at least 1, which is the latest version", f.keep)
	case !o.selection.allNamespaces:
		return usagef("--retire requires -A, because any Secret of the cluster may need an old version")
	case !f.yes && o.dryRun.DryRun == engine.DryRunNone && !o.globals.process.canAsk():
		return newUsageError(fmt.Errorf("--retire asks before it acts, and there is no terminal to ask on"),
			unattendedRetireHint())
	}
	return nil
}

// request is nil without --retire.
func (f *retireFlags) request(g *globals, shown *progress) *engine.Retire {
	if !f.retire {
		return nil
	}
	retire := &engine.Retire{Keep: f.keep}
	if !f.yes {
		retire.Confirm = func(ctx context.Context, planned engine.KeyRetirement) (bool, error) {
			shown.stop()
			return g.confirm(ctx, fmt.Sprintf("No Secret of this cluster needs versions of %s below v%d. Manifests "+
				"in git, other clusters and backups may.\nDisable them?",
				planned.TransitKey, planned.ToVersion))
		}
	}
	return retire
}
