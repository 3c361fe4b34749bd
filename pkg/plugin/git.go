package plugin

import "github.com/spf13/cobra"

const gitLong = `Let git show and merge sealed manifests. Sealing a value again changes its whole ciphertext,
so git alone shows two lines of base64, and finds a conflict wherever both sides of a merge
have rotated.

git install sets up a repository. Git then runs git textconv and git merge itself, for the
files that .gitattributes names.`

const gitExample = `  # Set up this repository
  kubectl vaultseal git install >> .gitattributes

  # Show what changed, and merge
  git diff
  git merge feature`

func newGit(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "git COMMAND [flags]",
		Short:   "Show and merge sealed manifests in git",
		Long:    gitLong,
		Example: gitExample,
		Args:    arguments(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGitInstall(g), newGitUninstall(g), newGitTextconv(g), newGitMerge(g))
	return cmd
}
