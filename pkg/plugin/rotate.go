package plugin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/pkg/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

const rotateLong = `Make a new version of each transit key and rewrap every sealed Secret in view.

Vault re-encrypts each ciphertext under the key's latest version; plaintext never
leaves Vault, and the rotator's role may neither encrypt nor decrypt. A Secret's
entries change in one conditional write, or not at all: run it again at any time,
and what is current already is left alone.

The keys that are rotated are the configured one (--transit-key,
VAULTSEAL_TRANSIT_KEY or the cluster's ConfigMap) and those of Secrets that are
named. A key that is merely annotated on a Secret is never rotated for that; its
Secrets are rewrapped under the latest version it has.

Sealed manifests in git and other clusters keep the ciphertexts that they have.`

const rotateExample = `  # Rotate the configured transit key and rewrap all sealed Secrets of the namespace
  kubectl vaultseal rotate

  # The same for the whole cluster, with a report for machines
  kubectl vaultseal rotate -A -o json

  # Rotate the key of one Secret, sealed by vaultseal or by the Python tool
  kubectl vaultseal rotate matrix-secrets

  # Only catch up with a key that Vault rotates by itself
  kubectl vaultseal rotate --rewrap-only`

type rotateOptions struct {
	globals      *globals
	selection    *selectionFlags
	rewrapOnly   bool
	dryRun       *dryRunFlag
	fieldManager *string
	output       *outputFlag
}

func newRotate(g *globals) *cobra.Command {
	o := &rotateOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "rotate [NAME...]",
		Short:   "Make a new key version and rewrap sealed Secrets under it",
		Long:    rotateLong,
		Example: rotateExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.dryRun.checkArgs(args); err != nil {
				return err
			}
			selection, err := o.selection.check(args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), selection)
		},
	}
	flags := cmd.Flags()
	o.selection = addSelectionFlags(flags)
	flags.BoolVar(&o.rewrapOnly, "rewrap-only", false, "make no new key version: bring what is older up to the latest one")
	o.dryRun = addDryRunFlag(flags, "client: say what would be done; server: let the API server check each write; no key is rotated")
	o.fieldManager = addFieldManagerFlag(flags)
	o.output = addOutputFlag(cmd, outputJSON, outputYAML, outputName, outputWide)
	return cmd
}

// needs says which part the command plays: catching up in one namespace is the
// sealer's work, everything else the rotator's.
func (o *rotateOptions) needs(selection vaultseal.Selection) config.Needs {
	if o.rewrapOnly && !o.selection.allNamespaces {
		return config.Needs{Part: config.Sealer}
	}
	return config.Needs{Part: config.Rotator, TransitKey: !o.rewrapOnly && len(selection.Names) == 0}
}

func (o *rotateOptions) run(ctx context.Context, selection vaultseal.Selection) error {
	c, err := o.globals.connect(ctx, connectOptions{needs: o.needs(selection), fieldManager: *o.fieldManager})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	request := vaultseal.RotateRequest{
		Selection:  o.selection.in(c.namespace, selection),
		RewrapOnly: o.rewrapOnly,
		DryRun:     o.dryRun.DryRun,
	}
	report, err := c.Rotate(ctx, request)
	if printErr := o.print(report, request, err); printErr != nil {
		return both(err, printErr)
	}
	return rotationError(report, request, err)
}
