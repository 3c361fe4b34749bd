package plugin

import (
	"fmt"

	"github.com/spf13/cobra"
)

const completionLong = `Print a completion script for a shell or for kubectl.

kubectl completes "kubectl vaultseal" if it finds an executable kubectl_complete-vaultseal
in the PATH (kubectl_complete-vaultseal.cmd on Windows). "completion kubectl" prints that
file. krew does not create it. The scripts for shells complete kubectl-vaultseal.

Namespaces, names of sealed Secrets, entries and transit keys come from the cluster. If it
cannot be reached, they are not completed.`

const completionExample = `  # Let kubectl complete kubectl vaultseal, in any shell that completes kubectl
  kubectl vaultseal completion kubectl > ~/.local/bin/kubectl_complete-vaultseal
  chmod +x ~/.local/bin/kubectl_complete-vaultseal

  # Let bash complete kubectl-vaultseal
  kubectl vaultseal completion bash > ~/.local/share/bash-completion/completions/kubectl-vaultseal`

func newCompletion(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell|kubectl",
		Short:     "Print a completion script for a shell or for kubectl",
		Long:      completionLong,
		Example:   completionExample,
		ValidArgs: []string{"bash", "zsh", "fish", "powershell", "kubectl"},
		Args:      arguments(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), g.process.Out
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			_, err := fmt.Fprint(out, shim)
			return err
		},
	}
}
