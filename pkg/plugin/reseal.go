package plugin

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const resealLong = `Seal a sealed Secret again, with another transit key or scope, or for another place: open its
entries, seal them again, open and compare the result, and replace all of them in one
write. Unlike with rotate, the plaintext is in this process. The Vault role must be able to
decrypt with the old key and to encrypt with the new one.

With --to-name or --to-namespace it creates a copy that is bound to its new place. The copy
has the type, the labels and the annotations of the Secret, except those by which tools know
their objects, and no owners. In another namespace it has the key configured for that
namespace, and is sealed with the account of that namespace. A Secret that is already there
is an error, unless it is the same. --move then deletes the old Secret, if neither has
changed. If a move stops, both Secrets are there and open: run it again to finish it.
Change the workloads that use the old name yourself.

With -f it changes manifests in their files: the sealed Secrets of the namespace of -n or of
the kubeconfig, or the one with NAME. --to-name and --to-namespace change the manifest
itself. Only the names, ciphertexts and annotations change, in all files or in none.

--expires sets the annotation vaultseal.dev/expires. Alone it changes no entry, and does not
contact Vault. vaultseal.dev/sealed-at stays: the plaintext is not new.

If a tool has renamed or copied a Secret, its entries do not open in their place. Specify
the place that they were sealed for with --from-name or --from-namespace, to seal them for
the place where they are.

A Secret from the Python tool does not name its key: specify it with --from-transit-key.
With a derived key its entries become bound to their place.`

const resealExample = `  # Bind the entries to the namespace only, so that its other Secrets may hold copies
  kubectl vaultseal reseal app --scope namespace-wide

  # Copy a Secret to another namespace
  kubectl vaultseal reseal app --to-namespace staging

  # Rename a Secret
  kubectl vaultseal reseal app --to-name shop --move

  # Let sealed manifests open under any name in their namespace
  kubectl vaultseal reseal -f manifests/ -R --scope namespace-wide

  # Record when the credentials of a Secret expire, or that they do not
  kubectl vaultseal reseal app --expires 2027-03-01
  kubectl vaultseal reseal app --expires never

  # Seal the entries of a Secret that Kustomize has renamed for its new name
  kubectl vaultseal reseal staging-app --from-name app

  # Move a Secret to the key of its namespace, as an administrator with a Vault token
  kubectl vaultseal reseal app --transit-key vaultseal/team-a --vault-auth-method token

  # Bind the entries of a Secret of the Python tool
  kubectl vaultseal reseal matrix-secrets --from-transit-key transit/aes256-key --transit-key transit/app`

type resealOptions struct {
	from   keyFlag
	fromAt placeFlags
	toAt   placeFlags
	move   bool

	manifests manifestFlags
	scope     scopeFlag
	expires   expiresFlag
	readBack  bool
	writeFlags
}

func newReseal(g *globals) *cobra.Command {
	o := &resealOptions{}
	cmd := &cobra.Command{
		Use: "reseal NAME | reseal -f FILE [NAME] [--transit-key KEY] [--scope SCOPE] [--to-name NAME] " +
			"[--to-namespace NAMESPACE] [--move] [--expires WHEN]",
		Short:   "Seal a sealed Secret for another transit key, scope, name or namespace",
		Long:    resealLong,
		Example: resealExample,
		Args:    arguments(o.manifests.nameless(cobra.ExactArgs(1))),
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := o.check(args)
			if err != nil {
				return err
			}
			switch {
			case o.manifests.given():
				return o.runFiles(cmd.Context(), request)
			case o.onlyExpires():
				return o.setExpiry(cmd.Context(), request)
			}
			return o.run(cmd.Context(), request)
		},
	}
	flags := cmd.Flags()
	flags.Var(&o.from, "from-transit-key", "Open with the transit key [MOUNT/]NAME, if the Secret does not name one")
	addScopeFlag(cmd, &o.scope, "scope", "Bind the entries to a SCOPE: strict, namespace-wide or cluster-wide "+
		"(default: unchanged; strict if they are not bound)")
	addExpiresFlag(cmd, &o.expires, "Record when the credential expires, alone or with another change")
	flags.BoolVar(&o.readBack, "read-back", true,
		"Open the new ciphertext and compare it with the old plaintext before the write")
	o.manifests.addMany(cmd)
	o.toAt.add(cmd, "to", "Copy the Secret to this `%s`, bound to it")
	o.fromAt.add(cmd, "from", "Open entries that were sealed for this `%s`, before a tool changed it")
	flags.BoolVar(&o.move, "move", false,
		"With --to-name or --to-namespace, delete the old Secret after the new one is written and compared")
	completeFlag(cmd, "to-namespace", g.complete(namespaceWords))
	completeFlag(cmd, "from-namespace", g.complete(namespaceWords))
	o.addWriteFlags(g, cmd)
	cmd.ValidArgsFunction = g.complete(oneSecretWords)
	completeFlag(cmd, "from-transit-key", g.complete(keyWords))
	return cmd
}

// check reads the command line.
func (o *resealOptions) check(args []string) (engine.ResealRequest, error) {
	request := engine.ResealRequest{ReadBack: o.readBack, DryRun: o.dryRun.DryRun, From: o.from.Key,
		Scope: o.scope.Scope, Expires: o.expires.Expiry}
	err := o.dryRun.checkArgs(args)
	if err != nil {
		return request, err
	}
	if len(args) > 0 {
		if request.Name, err = secretName(args[0]); err != nil {
			return request, err
		}
	}
	if err := o.manifests.checkWrites(o.dryRun); err != nil {
		return request, err
	}
	if request.ToPlace, err = o.toAt.check("to"); err != nil {
		return request, err
	}
	if request.SealedAs, err = o.fromAt.check("from"); err != nil {
		return request, err
	}
	switch {
	case !o.sealsAgain() && !o.expires.Given:
		return request, usagef("specify what changes: --transit-key, --scope, --to-name, --to-namespace or --expires")
	case o.manifests.recursive && !o.manifests.given():
		return request, usagef("-R requires -f")
	case o.move && o.manifests.given():
		return request, usagef("-f changes the manifest itself: it excludes --move")
	case o.move && !o.toAt.given():
		return request, usagef("--move requires --to-name or --to-namespace")
	case o.move && !o.readBack:
		return request, usagef("--move deletes the old Secret: it excludes --read-back=false")
	}
	return request, nil
}

// sealsAgain reports whether entries are sealed again.
func (o *resealOptions) sealsAgain() bool {
	_, key := o.globals.lookup(config.TransitKey.Flag)
	return key || o.scope.given() || o.toAt.given() || o.fromAt.given()
}

func (o *resealOptions) run(ctx context.Context, request engine.ResealRequest) error {
	c, err := o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Sealer},
		fieldManager: *o.fieldManager})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	request.Namespace = c.namespace
	to := cmp.Or(request.ToPlace.Namespace, c.namespace)
	if c.config.TransitKey.Source.Origin == config.FromFlag {
		if request.To, err = c.config.TransitKey.Value.For(to); err != nil {
			return err
		}
	}
	if o.toAt.given() {
		return o.moveTo(ctx, c, request)
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
