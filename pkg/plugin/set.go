package plugin

import (
	"context"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const setLong = `Set one entry of a sealed Secret; the others do not change. The value comes from
stdin, from --from-file, or from a prompt without echo on a terminal, never from the
command line. An unchanged value is not written. An empty value from stdin, a pipe or a
prompt is refused without --allow-empty; an empty file that you name is used.

With -f, NAME is optional if the files have one sealed Secret: a single argument is the
ENTRY. A manifest of another namespace than that of -n or of the kubeconfig is an error.

Without --path the value is the entry's exact bytes. With --path it is text, or with
--json a JSON value, for one field of a JSON or YAML document; a line end at the end is
removed, because echo adds one. Missing mappings in the path are created. The rest of
the document stays, with YAML's comments; its layout may change.

A path has names, and numbers of list elements from 0, with dots between them:
servers.2.host. Put a backslash before a dot or a backslash in a name: tls.ca\.crt is
"ca.crt" in "tls". An empty name is written "". create --diff and verify --against print the
same paths.

A new value renews the annotation vaultseal.dev/sealed-at, which is one for all entries of
the Secret: it is the time of the latest change. --expires sets vaultseal.dev/expires, also
if the value does not change. Without it, an earlier expiry stays.

Several commands can change different entries of one Secret at the same time. If another
client changes the same entry, or the expiry, the command fails and changes nothing.`

const setExample = `  # Replace one entry
  generate-env | kubectl vaultseal set app db.env

  # Set one field of a document, with a prompt for the value
  kubectl vaultseal set app secrets.json --path database.password

  # Set a new value, and record that it must be changed within 90 days
  generate-env | kubectl vaultseal set app db.env --expires 90d

  # Set the field in a sealed manifest
  kubectl vaultseal set -f app-sealed.yaml secrets.json --path database.password

  # Set a list, from a file
  kubectl vaultseal set app config.yaml --path servers --json --from-file servers.json`

const unsetLong = `Remove one entry of a sealed Secret, or with --path one field of a JSON or YAML
document. The other entries do not change, and neither does the annotation
vaultseal.dev/sealed-at.

With -f, NAME is optional if the files have one sealed Secret: a single argument is
the ENTRY. A manifest of another namespace than that of -n or of the kubeconfig is an error.`

const unsetExample = `  # Remove one entry
  kubectl vaultseal unset app db.env

  # Remove one field of a document
  kubectl vaultseal unset app secrets.json --path database.old`

type setOptions struct {
	manifests  manifestFlags
	store      engine.Store // nil: the cluster
	path, file string
	json       bool
	allowEmpty bool
	expires    expiresFlag
	readBack   bool
	writeFlags
}

func newSet(g *globals) *cobra.Command {
	o := &setOptions{}
	cmd := &cobra.Command{
		Use:     "set NAME ENTRY [--path PATH] | set -f FILE [NAME] ENTRY [--path PATH]",
		Short:   "Set an entry of a sealed Secret, or a field of it",
		Long:    setLong,
		Example: setExample,
		Args:    arguments(o.manifests.nameless(cobra.ExactArgs(2))),
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := o.check(cmd.Context(), args)
			if err != nil {
				return err
			}
			if o.json && o.path == "" {
				return usagef("--json requires --path")
			}
			value, err := o.value(cmd.Context(), request.Entry)
			if err != nil {
				return err
			}
			request.Value = value
			return o.run(cmd.Context(), request)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.path, "path", "", "Field of a JSON or YAML document, a `PATH` such as database.password or "+
		"servers.2.host")
	flags.BoolVar(&o.json, "json", false, "With --path, the value is JSON, not text")
	flags.StringVar(&o.file, "from-file", "", "Read the value from this `FILE`; - reads stdin (default: stdin, or a "+
		"prompt on a terminal)")
	addAllowEmpty(flags, &o.allowEmpty)
	addExpiresFlag(cmd, &o.expires, "Record when the credential expires, also with an unchanged value")
	o.addSetFlags(g, cmd)
	return cmd
}

func newUnset(g *globals) *cobra.Command {
	o := &setOptions{}
	cmd := &cobra.Command{
		Use:     "unset NAME ENTRY [--path PATH] | unset -f FILE [NAME] ENTRY [--path PATH]",
		Short:   "Remove an entry of a sealed Secret, or a field of it",
		Long:    unsetLong,
		Example: unsetExample,
		Args:    arguments(o.manifests.nameless(cobra.ExactArgs(2))),
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := o.check(cmd.Context(), args)
			if err != nil {
				return err
			}
			request.KeepsSealedAt = true
			request.Value = func([]byte) ([]byte, error) { return nil, nil }
			if o.path != "" {
				request.Value, err = o.edit(request.Entry, document.Unset)
			}
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&o.path, "path", "", "Field of a JSON or YAML document, a `PATH` such as database.password "+
		"or servers.2.host")
	o.addSetFlags(g, cmd)
	return cmd
}

func (o *setOptions) addSetFlags(g *globals, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.readBack, "read-back", true,
		"Open the new ciphertext and compare it with the value before the write")
	o.manifests.addOne(cmd)
	o.addWriteFlags(g, cmd)
	cmd.ValidArgsFunction = g.complete(secretAndEntryWords)
}

// check reads the command line, and the manifest.
func (o *setOptions) check(ctx context.Context, args []string) (engine.SetRequest, error) {
	entry := args[len(args)-1]
	request := engine.SetRequest{Entry: entry, NeedsOld: o.path != "", Expires: o.expires.Expiry, ReadBack: o.readBack,
		DryRun: o.dryRun.DryRun}
	err := o.manifests.checkWrites(o.dryRun)
	if err == nil && len(args) > 1 {
		request.Name, err = secretName(args[0])
	}
	if err == nil {
		err = checkEntryName(entry)
	}
	if err == nil {
		words := &operands{name: request.Name, entry: entry}
		o.store, err = o.manifests.readOne(ctx, o.globals, words)
		request.Name = words.name
	}
	return request, err
}

func (o *setOptions) run(ctx context.Context, request engine.SetRequest) error {
	c, err := o.globals.connect(ctx, connectOptions{store: o.store, needs: config.Needs{Part: config.Sealer},
		fieldManager: *o.fieldManager})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	request.Namespace = c.namespace
	secret, err := o.report(c.Set(ctx, request))
	if err != nil {
		return err
	}
	return o.printAll([]*corev1.Secret{secret})
}
