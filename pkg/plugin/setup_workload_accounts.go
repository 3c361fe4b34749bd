package plugin

import (
	"fmt"
	"slices"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

// workloadAccountFlags are the ServiceAccounts of a namespace that get roles of their own.
type workloadAccountFlags struct {
	names        []string
	allowDefault bool
}

func (f *workloadAccountFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.names, "workload-accounts", nil,
		"Create a role for the workloads of each of these `ACCOUNTS`, which may not exist yet")
	f.addAllowDefault(flags)
}

func (f *workloadAccountFlags) addAllowDefault(flags *pflag.FlagSet) {
	flags.BoolVar(&f.allowDefault, "allow-default", false,
		"Allow the ServiceAccount default, which every pod without an account of its own has")
}

func (f *workloadAccountFlags) check() error {
	for _, name := range f.names {
		if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
			return usagef("--workload-accounts %q: want names of ServiceAccounts", name)
		}
		if err := setup.CheckWorkloadAccount(name, f.allowDefault); err != nil {
			return fmt.Errorf("--workload-accounts %s: %w", name, err)
		}
	}
	slices.Sort(f.names)
	f.names = slices.Compact(f.names)
	return nil
}
