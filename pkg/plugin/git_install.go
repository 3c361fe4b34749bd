package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

const gitInstallLong = `Write git's configuration, so that git shows and merges sealed manifests, and print the lines
for .gitattributes, which say for which files. Commit .gitattributes; each clone needs the
configuration of its own, because git does not take commands from a repository.

Without flags, git diff contacts no server, and git merge contacts the cluster and Vault only
for entries that both sides changed. The flags for Kubernetes and Vault that you specify here,
such as -n and --context, are written into the configuration for both.

With --plaintext, git diff, git show and git log -p open the entries of the Secrets in your
namespace. The plaintext is on the screen, and wherever you send the output.

You can run this command again to change something.`

const gitInstallExample = `  # Set up this repository
  kubectl vaultseal git install >> .gitattributes

  # Set up all repositories of this user, for the Secrets of one namespace
  kubectl vaultseal git install --global -n team-a`

const gitUninstallLong = `Remove from git's configuration what git install has written, and nothing else. Lines of
.gitattributes that name vaultseal have no effect then.`

// gitDriver is the name of the drivers in git's configuration and in .gitattributes.
const gitDriver = "vaultseal"

type gitInstallOptions struct {
	globals   *globals
	local     bool
	global    bool
	plaintext bool

	namespaces []string // of merge
}

func newGitInstall(g *globals) *cobra.Command {
	o := &gitInstallOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "install",
		Short:   "Let git show and merge sealed manifests",
		Long:    gitInstallLong,
		Example: gitInstallExample,
		Args:    arguments(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.install(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&o.plaintext, "plaintext", false, "Let git diff, git show and git log -p show the values")
	addGitNamespaces(cmd.Flags(), &o.namespaces)
	o.addScopes(cmd)
	return cmd
}

// addGitNamespaces adds the flag for repositories that have the manifests of several namespaces.
func addGitNamespaces(flags *pflag.FlagSet, namespaces *[]string) {
	flags.StringSliceVar(namespaces, "namespaces", nil,
		"Let git merge open entries of these `NAMESPACES` too")
}

func newGitUninstall(g *globals) *cobra.Command {
	o := &gitInstallOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "uninstall",
		Short:   "Remove what git install has written",
		Long:    gitUninstallLong,
		Example: "  # Leave this repository to git alone\n  kubectl vaultseal git uninstall",
		Args:    arguments(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.uninstall(cmd.Context()) },
	}
	o.addScopes(cmd)
	return cmd
}

func (o *gitInstallOptions) addScopes(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.local, "local", false, "Change the configuration of this repository (default)")
	cmd.Flags().BoolVar(&o.global, "global", false, "Change the configuration of this user")
}

// scope is git config's flag.
func (o *gitInstallOptions) scope() (string, error) {
	switch {
	case o.local && o.global:
		return "", usagef("--local and --global cannot be used together")
	case o.global:
		return "--global", nil
	}
	return "--local", nil
}

func (o *gitInstallOptions) install(ctx context.Context) error {
	scope, err := o.scope()
	if err != nil {
		return err
	}
	settings, err := o.settings()
	if err != nil {
		return err
	}
	for _, setting := range settings {
		if _, err := runGit(ctx, "git config --replace-all", scope, setting.key, setting.value); err != nil {
			return err
		}
	}
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		line := fmt.Sprintf("%s diff=%s merge=%s\n", pattern, gitDriver, gitDriver)
		if _, err := o.globals.process.Out.Write([]byte(line)); err != nil {
			return err
		}
	}
	o.globals.note("put these lines into .gitattributes; the patterns must match your manifests, and may match " +
		"other files")
	if o.plaintext {
		o.globals.warn("git diff, git show and git log -p show plaintext, also in pipes, files and logs of jobs")
	}
	return nil
}

func (o *gitInstallOptions) uninstall(ctx context.Context) error {
	scope, err := o.scope()
	if err != nil {
		return err
	}
	for _, key := range gitKeys() {
		_, err := runGit(ctx, "git config --unset-all", scope, key)
		var failed *gitError
		if errors.As(err, &failed) && failed.Code == 5 { // there is none
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// The keys of git's configuration.
const (
	gitTextconvKey = "diff." + gitDriver + ".textconv"
	gitCacheKey    = "diff." + gitDriver + ".cachetextconv"
	gitNameKey     = "merge." + gitDriver + ".name"
	gitDriverKey   = "merge." + gitDriver + ".driver"
)

func gitKeys() []string { return []string{gitTextconvKey, gitCacheKey, gitNameKey, gitDriverKey} }

type gitSetting struct{ key, value string }

// settings are git's. A file's name may begin with a dash: it must not be a flag. A program that is missing or fails
// must neither break git diff nor lose what a side has. For git an exit code of at most 128 is a conflict, with
// whatever is in the file, and for git before 2.42 any code is: that one gets the conflict markers of a merge of lines.
func (o *gitInstallOptions) settings() ([]gitSetting, error) {
	program, err := pluginProgram()
	if err != nil {
		return nil, err
	}
	flags, err := o.globals.keptFlags()
	if err != nil {
		return nil, err
	}
	merge := program + " git merge" + flags
	if len(o.namespaces) > 0 {
		merge += " " + shell.Quote("--namespaces="+strings.Join(o.namespaces, ","))
	}
	textconv := program + " git textconv"
	if o.plaintext {
		textconv += " --plaintext --git-pid=$PPID" + flags
	}
	return []gitSetting{
		{gitTextconvKey, `f() { ` + textconv + ` -- "$1" || cat -- "$1"; }; f`},
		{gitCacheKey, "false"},
		{gitNameKey, "sealed Secrets, by " + displayName},
		{gitDriverKey, strings.ReplaceAll(merge, "%", "%%") + " --path=%P --marker-size=%L " +
			"--base-label=%S --ours-label=%X --theirs-label=%Y %O %A %B; " +
			"case $? in 0) ;; 1) exit 1 ;; *) " + gitMergeLines + "; exit 129 ;; esac"},
	}, nil
}

// gitMergeLines merges as git does without a driver.
const gitMergeLines = "git merge-file -q --marker-size=%L %A %O %B"

// pluginProgram is how git's shell finds the plugin: by its name if that is the program which runs, so that an update
// does not need another install.
func pluginProgram() (string, error) {
	const name = "kubectl-vaultseal"
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	ownInfo, err := os.Stat(own)
	if err != nil {
		return "", err
	}
	if found, err := exec.LookPath(name); err == nil {
		if info, err := os.Stat(found); err == nil && os.SameFile(info, ownInfo) {
			return name, nil
		}
	}
	return shell.Quote(filepath.ToSlash(own)), nil
}

// keptFlags are the flags for Kubernetes and Vault that the user set, as words. Paths become absolute, because git runs
// drivers in the repository's directory. A credential is not written into a file.
func (g *globals) keptFlags() (string, error) {
	paths := []string{"kubeconfig", "certificate-authority", "client-certificate", "client-key", "vault-ca-cert",
		"service-account-token-file"}
	var words strings.Builder
	var err error
	keep := func(flag *pflag.Flag) {
		value := flag.Value.String()
		if holdsCredential(flag.Name, value) {
			err = usagef("--%s may hold a credential, which is not written into git's configuration", flag.Name)
			return
		}
		if slices.Contains(paths, flag.Name) {
			if absolute, failed := filepath.Abs(value); failed == nil {
				value = filepath.ToSlash(absolute)
			}
		}
		if list, isList := flag.Value.(pflag.SliceValue); isList {
			for _, one := range list.GetSlice() {
				words.WriteString(" " + shell.Quote("--"+flag.Name+"="+one))
			}
			return
		}
		words.WriteString(" " + shell.Quote("--"+flag.Name+"="+value))
	}
	for _, flags := range []*pflag.FlagSet{g.kubeFlags, g.vaultFlags} {
		flags.VisitAll(func(flag *pflag.Flag) {
			if flag.Changed {
				keep(flag)
			}
		})
	}
	return words.String(), err
}
