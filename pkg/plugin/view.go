package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const viewLong = `Open a sealed Secret and print it.

With ENTRY, the exact bytes of that entry are printed. Without ENTRY, one value is printed:
the document if it is the only entry, else an object of all entries, in which documents
are nested, text is a string, and other bytes are base64. Templates work on that value, as
in kubectl.

--manifest prints the plaintext Secret, with its original type and entries, for a cluster
that must run without Vault in an emergency. Anyone who has this manifest can read the
values without Vault.

` + operandsHelp

const viewExample = `  # Print the only document of a Secret as indented JSON
  kubectl vaultseal view matrix-secrets

  # Write the exact bytes of one entry
  kubectl vaultseal view matrix-secrets secrets.json > secrets.json

  # Print the document as YAML, or as NAME=VALUE lines for a shell
  kubectl vaultseal view matrix-secrets -o yaml
  kubectl vaultseal view matrix-secrets -o env

  # Print one field
  kubectl vaultseal view matrix-secrets -o jsonpath={.database.password}

  # Open a sealed manifest that is only in git
  kubectl vaultseal view -f app-sealed.yaml

  # Refuse entries that may be copies from another Secret
  kubectl vaultseal view matrix-secrets --require-scope strict`

type viewOptions struct {
	globals      *globals
	manifests    manifestFlags
	store        engine.Store // nil: the cluster
	manifest     bool
	requireScope scopeFlag
	output       *outputFlag
	operands
}

func newView(g *globals) *cobra.Command {
	o := &viewOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "view NAME [ENTRY] | view -f FILE [NAME [ENTRY]]",
		Short:   "Open and print a sealed Secret",
		Long:    viewLong,
		Example: viewExample,
		Args:    arguments(o.manifests.nameless(cobra.RangeArgs(1, 2))),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := o.check(args)
			if err == nil {
				o.store, err = o.manifests.readOne(cmd.Context(), g, &o.operands)
			}
			if err == nil {
				err = o.checkEntry()
			}
			switch {
			case err != nil:
				return err
			case o.manifest:
				return o.plain(cmd.Context())
			case o.entry == "":
				return o.all(cmd.Context())
			}
			return o.one(cmd.Context())
		},
	}
	cmd.ValidArgsFunction = g.complete(secretAndEntryWords)
	o.manifests.addOne(cmd)
	cmd.Flags().BoolVar(&o.manifest, "manifest", false, "Print the plaintext Secret as a manifest")
	addScopeFlag(cmd, &o.requireScope, "require-scope",
		"Refuse a Secret whose entries have a weaker scope than SCOPE: "+
			"strict, namespace-wide or cluster-wide")
	o.output = addOutputFlag(cmd, outputJSON, outputYAML, outputEnv, outputJSONPath, outputGoTemplate)
	return cmd
}

// check reads the command line.
func (o *viewOptions) check(args []string) (err error) {
	if o.operands, err = o.manifests.parseWords(args); err != nil {
		return err
	}
	return o.checkEntry()
}

// checkEntry refuses what does not go with an entry. With -f it is known only when the files have been read.
func (o *viewOptions) checkEntry() error {
	format := o.output.value
	switch {
	case o.manifest && (o.entry != "" || format != outputHuman && format != outputJSON && format != outputYAML):
		return usagef("--manifest prints the whole Secret as YAML or JSON: it takes no ENTRY and no other format")
	case o.entry != "" && format != outputHuman:
		return usagef("an ENTRY is printed as it is: leave -o out")
	}
	return nil
}

func (o *viewOptions) connect(ctx context.Context) (*connection, error) {
	return o.globals.connect(ctx, connectOptions{store: o.store, needs: config.Needs{Part: config.Sealer},
		leastScope: o.requireScope.Scope})
}

// plain prints the plaintext Secret.
func (o *viewOptions) plain(ctx context.Context) error {
	c, err := o.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close(ctx)
	secret, err := c.OpenSecret(ctx, c.namespace, o.name)
	if err != nil {
		return err
	}
	format := o.output.value
	if format == outputHuman {
		format = outputYAML
	}
	return printObject(o.globals.process.Out, format, secret)
}

func (o *viewOptions) one(ctx context.Context) error {
	c, err := o.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close(ctx)
	plaintext, err := c.OpenEntry(ctx, c.namespace, o.name, o.entry)
	if err != nil {
		return err
	}
	_, err = o.globals.process.Out.Write(plaintext)
	return err
}

func (o *viewOptions) all(ctx context.Context) error {
	c, err := o.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close(ctx)
	entries, err := c.Open(ctx, c.namespace, o.name)
	if err != nil {
		return err
	}
	switch o.output.value {
	case outputJSONPath, outputGoTemplate:
		return o.fill(entries)
	}
	text, err := o.render(entries)
	if err != nil {
		return err
	}
	_, err = o.globals.process.Out.Write(text)
	return err
}

// fill prints the value through a template.
func (o *viewOptions) fill(entries map[string][]byte) error {
	value, err := document.OfEntries(entries)
	if err != nil {
		return err
	}
	if o.output.value == outputJSONPath {
		return printJSONPath(o.globals.process.Out, o.output.template, value)
	}
	return printGoTemplate(o.globals.process.Out, o.output.template, value)
}

// render is the one value of a Secret in the format asked for.
func (o *viewOptions) render(entries map[string][]byte) ([]byte, error) {
	value, err := document.OfEntries(entries)
	if err != nil {
		return nil, err
	}
	switch o.output.value {
	case outputYAML:
		return document.ToYAML(value)
	case outputEnv:
		if !bytes.HasPrefix(value, []byte("{")) {
			if value, err = document.ObjectOfEntries(entries); err != nil {
				return nil, err
			}
		}
		return document.ToEnv(value)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, value, "", "  "); err != nil {
		return nil, errors.New("the document cannot be printed as JSON")
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}
