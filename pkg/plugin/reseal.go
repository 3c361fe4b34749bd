package plugin

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const resealLong = `Move a sealed Secret to another transit key or scope: open its entries, seal them again,
open and compare the result, and replace all of them in one write. Unlike with rotate, the
plaintext is in this process. The Vault role must be able to decrypt with the old key and
to encrypt with the new one.

A Secret from the Python tool does not name its key: specify it with --from-transit-key.
With a derived key its entries become bound to their place.`

const resealExample = `  # Bind the entries to the namespace only, so that its other Secrets may hold copies
  kubectl vaultseal reseal app --scope namespace-wide

  # Move a Secret to the key of its namespace, as an administrator with a Vault token
  kubectl vaultseal reseal app --transit-key vaultseal/team-a --vault-auth-method token

  # Bind the entries of a Secret of the Python tool
  kubectl vaultseal reseal matrix-secrets --from-transit-key transit/aes256-key --transit-key transit/app`

type resealOptions struct {
	from     keyFlag
	scope    scopeFlag
	readBack bool
	writeFlags
}

func newReseal(g *globals) *cobra.Command {
	o := &resealOptions{}
	cmd := &cobra.Command{
		Use:     "reseal NAME [--transit-key KEY] [--scope SCOPE]",
		Short:   "Move a sealed Secret to another transit key or scope",
		Long:    resealLong,
		Example: resealExample,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := o.check(args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), request)
		},
	}
	flags := cmd.Flags()
	flags.Var(&o.from, "from-transit-key", "Open with the transit key [MOUNT/]NAME, if the Secret does not name one")
	addScopeFlag(cmd, &o.scope, "scope", "Bind the entries to a SCOPE: strict, namespace-wide or cluster-wide "+
		"(default: unchanged; strict if they are not bound)")
	flags.BoolVar(&o.readBack, "read-back", true,
		"Open the new ciphertext and compare it with the old plaintext before the write")
	o.addWriteFlags(g, cmd)
	cmd.ValidArgsFunction = g.complete(oneSecretWords)
	completeFlag(cmd, "from-transit-key", g.complete(keyWords))
	return cmd
}

// check reads the command line.
func (o *resealOptions) check(args []string) (engine.ResealRequest, error) {
	request := engine.ResealRequest{ReadBack: o.readBack, DryRun: o.dryRun.DryRun, From: o.from.Key,
		Scope: o.scope.Scope}
	err := o.dryRun.checkArgs(args)
	if err != nil {
		return request, err
	}
	if request.Name, err = secretName(args[0]); err != nil {
		return request, err
	}
	if _, given := o.globals.lookup(config.TransitKey.Flag); !given && !o.scope.given() {
		return request, usagef("specify how to seal it: --transit-key, --scope or both")
	}
	return request, nil
}

func (o *resealOptions) run(ctx context.Context, request engine.ResealRequest) error {
	c, err := o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Sealer},
		fieldManager: *o.fieldManager})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	request.Namespace = c.namespace
	if c.config.TransitKey.Source.Origin == config.FromFlag {
		if request.To, err = c.config.TransitKey.Value.For(c.namespace); err != nil {
			return err
		}
	}
	secret, err := o.report(c.Reseal(ctx, request))
	if err != nil {
		return resealError(err)
	}
	return o.printAll([]*corev1.Secret{secret})
}

// resealError says where the old key is to be named.
func resealError(err error) error {
	var unconfigured *engine.UnconfiguredKeyError
	if errors.Is(err, engine.ErrNoTransitKey) && !errors.As(err, &unconfigured) {
		return newUsageError(err, fromKeyHint())
	}
	return err
}
