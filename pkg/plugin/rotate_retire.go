package plugin

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
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
func (f *retireFlags) request(c *connection, shown *progress, dryRun engine.DryRun) *engine.Retire {
	if !f.retire {
		return nil
	}
	retire := &engine.Retire{Keep: f.keep}
	if auth := c.config.Auth; auth.Method.Value != transit.MethodToken {
		retire.AuthMount = auth.Mount.Value
	}
	if dryRun != engine.DryRunNone || f.yes {
		retire.Tell = func(planned []engine.KeyRetirement) {
			shown.stop()
			c.globals.tellRetirement(planned, dryRun != engine.DryRunNone)
		}
		return retire
	}
	retire.Confirm = func(ctx context.Context, planned engine.KeyRetirement) (bool, error) {
		shown.stop()
		return c.globals.confirm(ctx, retireQuestion(planned))
	}
	return retire
}

// retireQuestion also has what no listing of this cluster shows.
func retireQuestion(planned engine.KeyRetirement) string {
	text := fmt.Sprintf("No Secret of this cluster needs versions of %s below v%d. Manifests in git, other clusters "+
		"and backups may.\n", planned.TransitKey, planned.ToVersion)
	if len(planned.OtherInstallations) > 0 {
		text += fmt.Sprintf("The key is also used by %s: Secrets there that need these versions will not open.\n"+
			"First %s.\n", installations(planned.OtherInstallations), rewrapOthersHint())
	}
	return text + "Disable them?"
}

// tellRetirement says the same before versions are disabled without a question.
func (g *globals) tellRetirement(planned []engine.KeyRetirement, dry bool) {
	disabled, others := newCauses("transit key"), newCauses("transit key")
	for _, key := range planned {
		const may = "manifests in git, other clusters and backups may need them"
		disabled.add(key.TransitKey, may, fmt.Sprintf("disabling versions of %s below v%d: %s", key.TransitKey,
			key.ToVersion, may))
		if len(key.OtherInstallations) > 0 {
			by := "also used by " + installations(key.OtherInstallations)
			others.add(key.TransitKey, by+": Secrets there that need old versions will not open",
				fmt.Sprintf("transit key %s is %s: Secrets there that need versions below v%d will not open",
					key.TransitKey, by, key.ToVersion))
		}
	}
	if !dry {
		for _, line := range disabled.lines("lose their old versions") {
			g.note("%s", line)
		}
	}
	lines := others.lines("are shared")
	for _, line := range lines {
		g.warn("%s", line)
	}
	if len(lines) > 0 {
		g.hint(rewrapOthersHint())
	}
}

func installations(authMounts []string) string {
	if len(authMounts) == 1 {
		return "the installation of auth mount " + authMounts[0]
	}
	return "the installations of auth mounts " + firstOf(authMounts)
}
