package plugin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/pkg/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/manifest"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

const verifyLong = `Prove that every entry of the sealed Secrets in view opens where it is.

The proof is a rewrap whose result is thrown away: nothing is written, and
plaintext does not leave Vault. Reported are entries that are stale (older than
the key's latest version), unsealed, broken (they do not authenticate under this
namespace, Secret and entry) or unreadable (Vault would not say), and plaintext
that kubectl apply has left in an annotation. Any of them ends with exit code 3.
With --max-age a transit key whose latest version is older is reported too. A job
that watches over the cluster reads -A -o json: it has each key's versions, and how
many entries are stale.

With -f the manifests in files are verified instead. Every Secret in them is checked: one
that is stale, would not open, is not sealed, or cannot be read is a finding. Templates
without a Secret and other objects are passed over. Nothing sealed in the files is an error.

With --against the Secret is opened and compared with a plaintext document; what
differs is told by path, never by value.`

const verifyExample = `  # All sealed Secrets of the namespace, then of the cluster
  kubectl vaultseal verify
  kubectl vaultseal verify -A -o json

  # Nor may any transit key go unrotated for more than ninety days
  kubectl vaultseal verify -A --max-age 90d

  # One Secret, and that it holds what this file holds
  kubectl vaultseal verify matrix-secrets --against secrets.json

  # In a pull request: the manifests in git open, and none is stale
  kubectl vaultseal verify -f manifests/ -R

  # Let entries that are bound to nothing be findings too
  kubectl vaultseal verify -A --require-bound`

type verifyOptions struct {
	globals      *globals
	selection    *selectionFlags
	against      string
	requireBound bool
	maxAge       *ageFlag
	output       *outputFlag
}

func newVerify(g *globals) *cobra.Command {
	o := &verifyOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "verify [NAME...]",
		Short:   "Prove that sealed Secrets open",
		Long:    verifyLong,
		Example: verifyExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			selection, err := o.selection.check(args)
			if err != nil {
				return err
			}
			plaintext, err := o.readAgainst(cmd.Context(), selection)
			if err != nil {
				return err
			}
			files, err := o.selection.manifests.read(cmd.Context(), g.process)
			if err == nil && files != nil && len(files.Secrets()) == 0 {
				err = o.selection.manifests.nothingSealed(files)
			}
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), target{selection, files, plaintext})
		},
	}
	flags := cmd.Flags()
	o.selection = addSelectionFlags(g, cmd)
	o.selection.manifests.addMany(cmd)
	flags.StringVar(&o.against, "against", "", "[ENTRY=]PATH of a plaintext document that the Secret must hold")
	flags.BoolVar(&o.requireBound, "require-bound", false, "report entries that are bound to nothing")
	o.maxAge = addAgeFlag(flags, "max-age", "report transit keys whose latest version is older, as 90d or 2160h")
	o.output = addOutputFlag(cmd, outputJSON, outputYAML, outputName, outputWide)
	return cmd
}

// plaintextFile is the document that a Secret is compared with.
type plaintextFile struct {
	documentFile
	content []byte
}

// readAgainst reads the document of --against, nil without it.
func (o *verifyOptions) readAgainst(ctx context.Context, selection vaultseal.Selection) (*plaintextFile, error) {
	if o.against == "" {
		return nil, nil
	}
	if len(selection.Names) != 1 {
		return nil, usagef("--against needs the NAME of one Secret")
	}
	file, err := parseDocumentFile("--against", o.against)
	if err != nil {
		return nil, err
	}
	if err := file.checkNamed("--against"); err != nil {
		return nil, err
	}
	content, err := file.read(ctx, o.globals.process.In)
	if err != nil {
		return nil, err
	}
	return &plaintextFile{documentFile: file, content: content}, nil
}

// target is what is verified: Secrets of the cluster or of files, and what one of them must hold; nil: anything.
type target struct {
	vaultseal.Selection

	files     *manifest.Files
	plaintext *plaintextFile
}

func (o *verifyOptions) run(ctx context.Context, t target) error {
	part := config.Sealer
	if o.selection.many() {
		part = config.Rotator
	}
	c, err := o.globals.connect(ctx, connectOptions{files: t.files, needs: config.Needs{Part: part, TransitKey: o.selection.discover}})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	selection := o.selection.in(c.namespace, t.Selection)
	shown := c.showProgress(ctx, "checked", selection)
	report, err := c.Verify(ctx, vaultseal.VerifyRequest{
		Selection: selection, RequireBound: o.requireBound, MaxAge: o.maxAge.Duration, Progress: shown.counted,
	})
	shown.stop()
	err = unreadInOneLine(err)
	view := &verificationView{VerificationReport: report}
	var incomparable error
	if err == nil && t.plaintext != nil {
		view.Against, incomparable = t.plaintext.compare(ctx, c, selection.Names[0])
	}
	if printErr := o.print(view, selection, err); printErr != nil {
		return both(err, printErr)
	}
	if err == nil && report.Summary.Secrets == 0 && t.files == nil {
		c.noteUnlabelled(ctx, "verify", selection)
	}
	if incomparable != nil && len(report.Findings) == 0 {
		return incomparable
	}
	err = both(err, incomparable)
	return o.endOf(view, selection, err)
}
