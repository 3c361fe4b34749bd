package plugin

import (
	"fmt"

	"github.com/spf13/cobra"
)

const completionLong = `Print what a shell needs to complete command lines.

kubectl itself completes "kubectl vaultseal" when it finds an executable named
kubectl_complete-vaultseal in the PATH (kubectl_complete-vaultseal.cmd on Windows):
"completion kubectl" prints it. krew links the plugin only, so that this file is yours to
make. The scripts for shells complete kubectl-vaultseal, for those who call it by that
name.

Namespaces, the names of sealed Secrets, their entries and transit keys are completed
from the cluster, and nothing is when it cannot be reached.`

const completionExample = `  # Let kubectl complete kubectl vaultseal, in any shell that completes kubectl
  kubectl vaultseal completion kubectl > ~/.local/bin/kubectl_complete-vaultseal
  chmod +x ~/.local/bin/kubectl_complete-vaultseal

  # Let bash complete kubectl-vaultseal
  kubectl vaultseal completion bash > ~/.local/share/bash-completion/completions/kubectl-vaultseal`

func newCompletion(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell|kubectl",
		Short:     "Print what a shell needs to complete command lines",
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
