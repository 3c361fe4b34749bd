package plugin

import (
	"errors"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Errors of setup whose hints print its command line again, with the flags that it lacks. Their values may be the
// ConfigMap's: the user looks at them before the command runs.

// again is this command line with more flags, for a shell.
func (g *globals) again(flags ...string) string {
	words := []string{"kubectl", "vaultseal"}
	before := ""
	for _, word := range g.process.Args {
		name, value, joined := strings.Cut(word, "=")
		flag, isFlag := strings.CutPrefix(name, "--")
		switch {
		case holdsCredential(before, word):
			word = "VALUE"
		case isFlag && joined && holdsCredential(flag, value):
			word = name + "=VALUE"
		}
		if before = ""; isFlag && !joined {
			before = flag
		}
		words = append(words, shell.Quote(word))
	}
	for _, flag := range flags {
		words = append(words, shell.Quote(printable.Line(flag)))
	}
	return strings.Join(words, " ")
}

// withVaultFlags gives an error about what only the ConfigMap says of Vault the command that says it.
func (g *globals) withVaultFlags(err error) error {
	var missing *config.MissingError
	var unsaid *config.UnsaidError
	var settings []config.Unsaid
	switch {
	case errors.As(err, &missing):
		settings = missing.Unsaid
	case errors.As(err, &unsaid):
		settings = unsaid.Unsaid
	}
	if len(settings) == 0 {
		return err
	}
	return newUsageError(err, g.confirmVaultHint(settings))
}

// withFlags gives an error about what only the ConfigMap says of the installation the command that says it.
func (o *setupOptions) withFlags(err error) error {
	var mount *setup.UnconfirmedMountError
	var keys *setup.OtherKeysError
	switch {
	case errors.As(err, &mount):
		again := o.globals.again("--vault-auth-method", string(mount.Method), "--vault-auth-mount", mount.Mount)
		return newUsageError(err, confirmMountHint(again))
	case errors.As(err, &keys):
		again := o.globals.again(o.installation.keyFlags(keys.Configured)...)
		return newUsageError(err, confirmKeysHint(again))
	}
	return err
}

// unconfirmed reports whether the ConfigMap decides how users log in, and says other than the default.
func unconfirmed(auth config.Auth) bool {
	method := auth.Method.Source.Origin == config.FromConfigMap && auth.Method.Value != transit.MethodKubernetes
	return method || auth.Mount.Source.Origin == config.FromConfigMap && auth.Mount.Value != string(auth.Method.Value)
}
