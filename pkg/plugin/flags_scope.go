package plugin

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// scopeFlag is a scope; unbound where it was not given.
type scopeFlag struct{ sealed.Scope }

// addScopeFlag adds a flag that takes a scope, and its completion.
func addScopeFlag(cmd *cobra.Command, flag *scopeFlag, name, usage string) {
	cmd.Flags().Var(flag, name, usage)
	scopes := []string{string(sealed.Strict), string(sealed.NamespaceWide), string(sealed.ClusterWide)}
	completeFlag(cmd, name, cobra.FixedCompletions(scopes, cobra.ShellCompDirectiveNoFileComp))
}

func (f *scopeFlag) String() string { return string(f.Scope) }
func (f *scopeFlag) Type() string   { return "SCOPE" }
func (f *scopeFlag) given() bool    { return f.Scope != sealed.Unbound }

func (f *scopeFlag) Set(text string) (err error) {
	if f.Scope, err = sealed.ParseScope(text); err != nil {
		return fmt.Errorf("want %s, %s or %s", sealed.Strict, sealed.NamespaceWide, sealed.ClusterWide)
	}
	return nil
}
