package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

const displayName = "kubectl vaultseal"

const rootLong = `Keep Kubernetes Secrets as HashiCorp Vault Transit ciphertext: in etcd, in the API,
in backups and in git.

There is no controller and no standing credential. Each command runs with your
kubeconfig: it requests a ServiceAccount token that lives ten minutes, exchanges it for
a Vault token that lives seconds, and revokes the Vault token at the end.`

const rootExample = `  # Seal a document as a Secret, and open it
  kubectl vaultseal create -f secrets.json
  kubectl vaultseal view secrets

  # Move it to a new version of its transit key, and prove that it still opens
  kubectl vaultseal rotate secrets
  kubectl vaultseal verify secrets`

// Commands is the command tree, to be described and not to be run.
func Commands() (root *cobra.Command, groups []CommandGroup) {
	return newTree(Process{LookupEnv: func(string) (string, bool) { return "", false }})
}

// newRoot makes the command tree of one process.
func newRoot(process Process) *cobra.Command {
	root, _ := newTree(process)
	return root
}

func newTree(process Process) (root *cobra.Command, groups []CommandGroup) {
	g := newGlobals(process)
	root = &cobra.Command{
		Use:           "kubectl-vaultseal COMMAND [flags]",
		Short:         "Keep Kubernetes Secrets as Vault Transit ciphertext",
		Long:          rootLong,
		Example:       rootExample,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: displayName},
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		PersistentPreRunE: func(*cobra.Command, []string) error {
			g.quietLog()
			if process.HTTPDebugTaken {
				g.note("http2debug in GODEBUG is ignored: it would print tokens")
			}
			return g.readTimeout()
		},

		SuggestionsMinimumDistance: 2,
	}
	root.SetIn(process.In)
	root.SetOut(process.Out)
	root.SetErr(process.ErrOut)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return newUsageError(err, helpHint(cmd.CommandPath()))
	})
	g.addFlags(root.PersistentFlags())
	groups = commandGroups(g)
	addGroups(root, groups)
	root.SetUsageFunc(usageOf(groups))
	g.completeGlobals(root)
	return root, groups
}

// unknownCommand makes cobra's refusal of a command that does not exist a usage
// error, and leaves other errors as they are.
func unknownCommand(root *cobra.Command, err error) error {
	var name string
	var usage *usageError
	if err == nil || errors.As(err, &usage) {
		return err
	}
	if _, other := fmt.Sscanf(err.Error(), "unknown command %q", &name); other != nil {
		return err
	}
	meant := ""
	if near := root.SuggestionsFor(name); len(near) > 0 {
		begins := slices.IndexFunc(near, func(command string) bool { return strings.HasPrefix(command, name) })
		meant = near[max(begins, 0)]
	}
	return newUsageError(fmt.Errorf("unknown command %q", name), unknownCommandHint(meant))
}

// arguments makes cobra's refusal of arguments a usage error.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return newUsageError(err, helpHint(cmd.CommandPath()))
		}
		return nil
	}
}

func newOptions(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "List the flags of all commands",
		Args:  arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "Vault:\n%s\nKubernetes:\n%s\nLogging:\n%s",
				g.vaultFlags.FlagUsages(), g.kubeFlags.FlagUsages(), g.logFlags.FlagUsages())
			return err
		},
	}
}
