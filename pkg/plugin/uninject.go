package plugin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

const uninjectLong = `Print manifests as they were before kubectl vaultseal inject. Nothing is contacted.

An injected workload has the annotation vaultseal.dev/injected, which says how to restore it.
If nothing else has changed the manifest, it is restored byte for byte. Other objects are
printed as they are.`

const uninjectExample = `  # Restore manifests
  kubectl vaultseal uninject -f injected.yaml > deployment.yaml

  # See what changes
  kubectl vaultseal uninject -f deploy/ --diff`

type uninjectOptions struct {
	globals *globals
	input   inputFlags
	diff    bool
}

func newUninject(g *globals) *cobra.Command {
	o := &uninjectOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "uninject -f FILE",
		Short:   "Restore manifests that inject has changed",
		Long:    uninjectLong,
		Example: uninjectExample,
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.input.check(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.input.add(cmd)
	cmd.Flags().BoolVar(&o.diff, "diff", false, "Print a unified diff of what changes, not the manifests")
	return cmd
}

func (o *uninjectOptions) run(ctx context.Context) error {
	texts, err := o.input.read(ctx, o.globals.process)
	if err != nil {
		return err
	}
	restored, err := rewriteTexts(texts, func(text []byte) (*workload.Rewritten, error) {
		return workload.Restore(text, manifest.Decode)
	})
	if err != nil {
		return err
	}
	if len(restored.changed) == 0 {
		o.globals.note("no workload of the input is injected")
	}
	return o.input.print(o.globals.process.Out, texts, o.diff)
}
