package plugin

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

// removalFlags take a namespace out of an installation.
type removalFlags struct {
	remove, disableKey bool
}

func (f *removalFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.remove, "remove", false, "Remove the namespace's grants, accounts, workload roles and "+
		"rotation; its transit key stays")
	flags.BoolVar(&f.disableKey, "disable-key", false,
		"With --remove, disable all versions of the namespace's transit key: nothing sealed with it opens; can be "+
			"reversed")
}

func (f *removalFlags) check(given func(flag string) bool) error {
	if !f.remove {
		if f.disableKey {
			return usagef("--disable-key needs --remove")
		}
		return nil
	}
	for _, name := range []string{"grant", "revoke", "encrypt-only-role", "enforce", "enforce-allow-type",
		"enforce-allow-user", "workload-accounts"} {
		if given(name) {
			return usagef("--remove and --%s exclude each other", name)
		}
	}
	return nil
}

func (f *removalFlags) plan(ctx context.Context, s *setup.Setup) (*setup.Plan, error) {
	if f.remove {
		return s.PlanRemoval(ctx, f.disableKey)
	}
	return s.Plan(ctx)
}

// printRemoval prints what a removal deletes in the namespace. It contacts no server, so the rest is unknown.
func (o *setupOptions) printRemoval(installation setup.Installation) error {
	o.globals.note("the manifests are of the objects that --remove deletes in the namespace, for kubectl delete -f; " +
		"--diff also shows what it changes elsewhere and in Vault")
	objects, err := installation.RemovalObjects()
	if err != nil {
		return err
	}
	return o.printList(objects)
}
