package plugin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

const setupNamespaceLong = `Add a namespace to an installation, or remove it with --remove.

The namespace gets a transit key and ServiceAccounts. Users that you name with --grant can
then seal and open in it. Users who already could still can, until you name them with
--revoke. With --shared-key, the namespace may use that transit key. A CronJob that is
limited to namespaces then rotates this one too, but not with --dry-run=client, which
contacts no server.

If the namespace is not set up but its transit key exists, for example because the
namespace was deleted and created again, that is an error: the new namespace could open
everything that was sealed for the earlier one. If both belong to the same team, add
--reuse-keys.

--workload-accounts creates roles for ServiceAccounts of workloads, as setup workload
does, so that these need no administrator of Vault later. The accounts may be created after that.

--remove also works for a deleted namespace. It removes its grants, the accounts that
setup created, the roles of its workloads, its rotation, its label for --enforce, and its
place in the roles of a shared key. The transit key stays, so anyone who can create ServiceAccounts in a namespace
of that name can open what is sealed with it. --disable-key prevents that: it makes a new
version of the key and disables the others. A note prints the command that enables them
again.

Like setup, this command uses your kubeconfig and the Vault token in VAULT_TOKEN, compares
first, and can be run again. Vault's address, its CA and the transit key come from flags
or the environment, not from the cluster's ConfigMap: specify what you specified for
setup.`

const setupNamespaceExample = `  # Add the namespace team-c, and let the group team-c-devs seal and open there
  export VAULT_ADDR=https://vault.example.com VAULT_TOKEN=...
  kubectl vaultseal setup namespace team-c --grant group:team-c-devs

  # Also let the pods of two ServiceAccounts open Secrets there
  kubectl vaultseal setup namespace team-c --workload-accounts shop,billing

  # Show what would change
  kubectl vaultseal setup namespace team-c --diff

  # Remove the namespace team-c, and disable its key
  kubectl vaultseal setup namespace team-c --remove --disable-key`

func newSetupNamespace(g *globals) *cobra.Command {
	o := &setupOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "namespace NAME",
		Aliases: []string{"ns"},
		Short:   "Add a namespace, or remove one",
		Long:    setupNamespaceLong,
		Example: setupNamespaceExample,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if problems := validation.IsDNS1123Label(args[0]); len(problems) > 0 {
				return usagef("namespace %q: %s", args[0], problems[0])
			}
			if err := o.removal.check(o.installation.given); err != nil {
				return err
			}
			o.installation.namespaces = args
			if err := o.check(); err != nil {
				return err
			}
			if err := o.installation.workloads.check(); err != nil {
				return err
			}
			return o.runNamespace(cmd.Context(), args[0])
		},
	}
	cmd.ValidArgsFunction = g.complete(func(ctx context.Context, c *connection, args []string) []string {
		if len(args) > 0 {
			return nil
		}
		return namespaceWords(ctx, c, args)
	})
	o.installation.addGrants(cmd.Flags())
	o.installation.addEncryptOnly(cmd.Flags())
	o.installation.workloads.add(cmd.Flags())
	o.removal.add(cmd.Flags())
	o.installation.addSharedKey(cmd.Flags())
	o.addApplyFlags(cmd)
	return cmd
}

func (o *setupOptions) runNamespace(ctx context.Context, namespace string) error {
	contact := o.dryRun.DryRun != engine.DryRunClient
	a, err := o.globals.administer(ctx, contact)
	if err != nil {
		return err
	}
	if contact {
		if err := a.checkSetUp(namespace); err != nil {
			return err
		}
	}
	installation, err := o.installation.installation(ctx, a)
	if err != nil {
		return err
	}
	installation.Extends = true
	installation.Workloads = o.installation.workloads.names
	if !contact && o.removal.remove {
		return o.printRemoval(installation)
	}
	if !contact {
		return o.printManifests(installation)
	}
	return o.carryOut(ctx, a, installation, o.work())
}

// checkSetUp checks that the cluster has a configuration. It proves nothing more.
func (a *administration) checkSetUp(namespace string) error {
	if a.config.ConfiguredKey.Given() {
		return nil
	}
	return newUsageError(
		fmt.Errorf("the cluster is not set up: ConfigMap %s/vaultseal names no transit key", a.globals.configNamespace),
		notSetUpHint(namespace),
	)
}

// printManifests prints the Kubernetes side. It contacts no server, so it keeps nothing either.
func (o *setupOptions) printManifests(installation setup.Installation) error {
	if o.installation.job.wanted && o.installation.job.image == "" {
		return noImage(setup.ErrNoImage)
	}
	o.globals.note("the manifests have only what the flags specify: if you apply them to a cluster that is set up, " +
		"they remove what the flags leave out; --diff shows what setup would do")
	objects, err := installation.Objects()
	if err != nil {
		return err
	}
	return o.printList(objects)
}

// printList prints objects as kubectl takes them.
func (o *setupOptions) printList(objects []*unstructured.Unstructured) error {
	items := make([]any, len(objects))
	for n, object := range objects {
		items[n] = object.Object
	}
	format := o.output.value
	if format == outputHuman {
		format = outputYAML
	}
	return printObject(o.globals.process.Out, format, map[string]any{"apiVersion": "v1", "kind": "List",
		"items": items})
}
