package plugin

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// dryRunFlag is --dry-run=none|client|server; bare means client.
type dryRunFlag struct {
	engine.DryRun
	given bool
	bare  bool // given without a value, or with the one that means the same
}

func addDryRunFlag(cmd *cobra.Command, usage string) *dryRunFlag {
	flags := cmd.Flags()
	flag := &dryRunFlag{DryRun: engine.DryRunNone}
	flags.Var(flag, "dry-run", usage)
	flags.Lookup("dry-run").NoOptDefVal = string(engine.DryRunClient)
	completeFlag(cmd, "dry-run", cobra.FixedCompletions([]string{"none", "client", "server"},
		cobra.ShellCompDirectiveNoFileComp))
	return flag
}

func (f *dryRunFlag) String() string { return string(f.DryRun) }

// Type is empty, as a switch's: the value is given as --dry-run=VALUE only.
func (f *dryRunFlag) Type() string { return "" }

func (f *dryRunFlag) Set(text string) error {
	switch kind := engine.DryRun(text); kind {
	case engine.DryRunNone, engine.DryRunClient, engine.DryRunServer:
		f.DryRun, f.given, f.bare = kind, true, kind == engine.DryRunClient
		return nil
	}
	return fmt.Errorf("want none, client or server")
}

// unlessGiven makes it a dry run of a kind where the command line does not say which.
func (f *dryRunFlag) unlessGiven(kind engine.DryRun) {
	if !f.given {
		f.DryRun = kind
	}
}

// checkArgs refuses "--dry-run server", which names a Secret "server".
func (f *dryRunFlag) checkArgs(args []string) error {
	var value dryRunFlag
	if f.bare && len(args) > 0 && value.Set(args[0]) == nil {
		return usagef("--dry-run takes its value after an equals sign: --dry-run=%s", args[0])
	}
	return nil
}

// suffix is what a message of success ends with, as kubectl says it.
func (f *dryRunFlag) suffix() string {
	switch f.DryRun {
	case engine.DryRunClient:
		return " (dry run)"
	case engine.DryRunServer:
		return " (server dry run)"
	}
	return ""
}

func addFieldManagerFlag(flags *pflag.FlagSet) *string {
	return flags.String("field-manager", engine.DefaultFieldManager, "Record the write in Kubernetes under this `NAME`")
}
