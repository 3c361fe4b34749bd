package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

const createLong = `Seal documents and write them as a Secret.

A document is a JSON object, a YAML mapping or a dotenv file; the entry's
extension says which (.json, .yaml, .yml, .env). It is checked before anything
is sent, and its bytes are sealed unchanged. The entry is named as the file, the
Secret as the file's stem. Before the write the new ciphertext is opened again
and compared, and after it the stored bytes with those sent.

With a derived transit key each entry is bound to its place: see --scope. With
a key that is not derived it opens wherever it is copied to.

A dry run mints a ServiceAccount token and encrypts in Vault all the same. With
-o yaml it prints the sealed manifest, to be kept in git.`

const createExample = `  # Seal secrets.json as the entry secrets.json of the Secret secrets
  kubectl vaultseal create -f secrets.json

  # Name the Secret, and the transit key it is sealed with
  kubectl vaultseal create matrix-secrets -f secrets.json --transit-key transit/app

  # Several entries; one of them from stdin
  generate-env | kubectl vaultseal create app -f config.yaml -f db.env=-

  # Replace one entry and keep the others
  kubectl vaultseal create app -f db.env --merge

  # Write a sealed manifest for git, and change nothing in the cluster
  kubectl vaultseal create -f secrets.json --dry-run=client -o yaml > secrets-sealed.yaml`

type createOptions struct {
	globals      *globals
	files        []string
	scope        string
	overwrite    bool
	merge        bool
	adopt        bool
	readBack     bool
	dryRun       *dryRunFlag
	fieldManager *string
	output       *outputFlag
}

func newCreate(g *globals) *cobra.Command {
	o := &createOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "create [NAME] -f [ENTRY=]PATH",
		Short:   "Seal documents and write them as a Secret",
		Long:    createLong,
		Example: createExample,
		Args:    arguments(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := o.request(cmd.Context(), args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), request)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "[ENTRY=]PATH of a document to seal; ENTRY=- reads stdin; can be repeated")
	flags.StringVar(&o.scope, "scope", "", "what a derived key binds the entries to: strict (this namespace, Secret and entry), namespace-wide or cluster-wide (default strict)")
	flags.BoolVar(&o.overwrite, "overwrite", false, "when the Secret exists: replace all its entries")
	flags.BoolVar(&o.merge, "merge", false, "when the Secret exists: replace or add the given entries, keep the others")
	flags.BoolVar(&o.adopt, "adopt", false, "when the Secret exists and is not sealed: take it over, with --overwrite or --merge")
	flags.BoolVar(&o.readBack, "read-back", true, "open the new ciphertext and compare it with the input before the write")
	o.dryRun = addDryRunFlag(flags, "client: write nothing; server: let the API server check the write; ServiceAccount token and encryption happen all the same")
	o.fieldManager = addFieldManagerFlag(flags)
	o.output = addOutputFlag(cmd, outputJSON, outputYAML, outputName)
	return cmd
}

// request is the command line as the engine takes it, with the documents read.
func (o *createOptions) request(ctx context.Context, args []string) (vaultseal.CreateRequest, error) {
	request := vaultseal.CreateRequest{Adopt: o.adopt, ReadBack: o.readBack, DryRun: o.dryRun.DryRun}
	err := o.dryRun.checkArgs(args)
	if err != nil {
		return request, err
	}
	if request.IfExists, err = o.ifExists(); err != nil {
		return request, err
	}
	if o.scope != "" {
		if request.Scope, err = sealed.ParseScope(o.scope); err != nil {
			return request, &usageError{err: fmt.Errorf("--scope: %w", err)}
		}
	}
	files, err := o.documentFiles()
	if err != nil {
		return request, err
	}
	if request.Name, err = nameFor(args, files); err != nil {
		return request, err
	}
	request.Entries = make(map[string][]byte, len(files))
	for _, file := range files {
		if request.Entries[file.entry], err = file.read(ctx, o.globals.process.In); err != nil {
			return request, err
		}
	}
	return request, nil
}

func (o *createOptions) ifExists() (vaultseal.IfExists, error) {
	switch {
	case o.overwrite && o.merge:
		return 0, usagef("--overwrite and --merge exclude each other")
	case o.adopt && !o.overwrite && !o.merge:
		return 0, usagef("--adopt needs --overwrite or --merge to say what becomes of the other entries")
	case o.overwrite:
		return vaultseal.Overwrite, nil
	case o.merge:
		return vaultseal.Merge, nil
	}
	return vaultseal.Refuse, nil
}

func (o *createOptions) documentFiles() ([]documentFile, error) {
	if len(o.files) == 0 {
		return nil, &usageError{err: errors.New("nothing to seal"), hint: "name a document with -f, for instance -f secrets.json"}
	}
	files := make([]documentFile, len(o.files))
	entries, stdins := map[string]bool{}, 0
	for i, arg := range o.files {
		file, err := parseDocumentFile("-f", arg)
		if err != nil {
			return nil, err
		}
		if entries[file.entry] {
			return nil, usagef("entry %q is given twice", file.entry)
		}
		entries[file.entry] = true
		if file.path == stdin {
			stdins++
		}
		files[i] = file
	}
	if stdins > 1 {
		return nil, usagef("stdin can be read once only")
	}
	return files, nil
}

// nameFor is the Secret's name: given, or the stem of the only file.
func nameFor(args []string, files []documentFile) (string, error) {
	if len(args) == 1 {
		return secretName(args[0])
	}
	if len(files) > 1 {
		return "", usagef("several documents need the NAME of their Secret")
	}
	name := files[0].secretName()
	if name == "" {
		return "", usagef("%s gives no name to the Secret: say NAME", files[0].label())
	}
	name, err := secretName(name)
	if err != nil {
		return "", &usageError{err: err, hint: "the file gives the Secret its name: say NAME to give it another"}
	}
	return name, nil
}

func (o *createOptions) run(ctx context.Context, request vaultseal.CreateRequest) error {
	// An existing Secret may say itself which transit key it is sealed with.
	needs := config.Needs{Part: config.Sealer, TransitKey: request.IfExists == vaultseal.Refuse}
	c, err := o.globals.connect(ctx, connectOptions{needs: needs, fieldManager: *o.fieldManager})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	request.Namespace = c.namespace
	result, err := c.Create(ctx, request)
	if err != nil {
		return err
	}
	for _, note := range result.Notes {
		o.globals.note("%s", note)
	}
	for _, warning := range result.Warnings {
		o.globals.warn("%s", warning)
	}
	return o.print(result.Secret)
}

func (o *createOptions) print(secret *corev1.Secret) error {
	out := o.globals.process.Out
	switch o.output.value {
	case outputJSON, outputYAML:
		return printObject(out, o.output.value, o.printable(secret))
	case outputName:
		_, err := fmt.Fprintf(out, "secret/%s\n", secret.Name)
		return err
	}
	_, err := fmt.Fprintf(out, "secret/%s sealed%s\n", secret.Name, o.dryRun.suffix())
	return err
}

// printable is the Secret as stored, or, in a dry run, the manifest to keep in
// git: without what belongs to the live object only.
func (o *createOptions) printable(secret *corev1.Secret) *corev1.Secret {
	secret = secret.DeepCopy()
	secret.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}
	secret.ManagedFields = nil
	if o.dryRun.DryRun != vaultseal.DryRunNone {
		secret.ObjectMeta = metav1.ObjectMeta{
			Namespace: secret.Namespace, Name: secret.Name,
			Labels: secret.Labels, Annotations: secret.Annotations,
		}
	}
	return secret
}
