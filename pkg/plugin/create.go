package plugin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const createLong = `Seal documents, files or Secret manifests and write them as Secrets.

A document is a JSON object, a YAML mapping or a dotenv file; the entry's
extension says which (.json, .yaml, .yml, .env). It is checked before anything
is sent, and its bytes are sealed unchanged. The entry is named as the file, the
Secret as the file's stem. Before the write the new ciphertext is opened again
and compared, and after it the stored bytes with those sent.

The flags of kubectl create secret generic seal other entries, any bytes: --from-file,
--from-literal, --from-env-file; --from-prompt asks. With -f a manifest of a plaintext
Secret, or several, has each of its entries sealed; name, namespace, labels and
annotations are kept, and the type is recorded. A manifest of another namespace than that
of -n or of the kubeconfig is an error. --from-secret seals a plaintext Secret
that is in the cluster where it is.

With a derived transit key each entry is bound to its place: see --scope. With
a key that is not derived it opens wherever it is copied to.

A dry run mints a ServiceAccount token and encrypts in Vault all the same. With
-o yaml it prints the sealed manifest, to be kept in git.

With --diff it lists which entries, and which fields of documents, are added, removed or
changed, and never a value. A field is a path as set --path takes it: servers.2.host. The
entries that are replaced are opened for this. Nothing is written, as with --dry-run=client,
unless you also give --dry-run=none. With -o the differences are notes on stderr.`

const createExample = `  # Seal secrets.json as the entry secrets.json of the Secret secrets
  kubectl vaultseal create -f secrets.json

  # Name the Secret, and the transit key it is sealed with
  kubectl vaultseal create matrix-secrets -f secrets.json --transit-key transit/app

  # Several entries; one of them from stdin
  generate-env | kubectl vaultseal create app -f config.yaml -f db.env=-

  # As kubectl create secret generic has it; the values of files and stdin are in no process list
  kubectl vaultseal create app --from-file=ssh-privatekey=id_ed25519 --from-env-file=app.env

  # A plaintext manifest, sealed for git
  kubectl create secret generic app --from-file=config.yaml --dry-run=client -o yaml |
    kubectl vaultseal create -f - --dry-run=client -o yaml > app-sealed.yaml

  # Seal a Secret that is in the cluster in plaintext
  kubectl vaultseal create --from-secret app

  # Replace one entry and keep the others
  kubectl vaultseal create app -f db.env --merge

  # See which fields would change, then change them
  kubectl vaultseal create app -f secrets.json --merge --diff
  kubectl vaultseal create app -f secrets.json --merge

  # Write a sealed manifest for git, and change nothing in the cluster
  kubectl vaultseal create -f secrets.json --dry-run=client -o yaml > secrets-sealed.yaml`

type createOptions struct {
	plaintext plaintextFlags
	scope     scopeFlag
	overwrite bool
	merge     bool
	adopt     bool
	readBack  bool
	diff      bool
	writeFlags
}

func newCreate(g *globals) *cobra.Command {
	o := &createOptions{}
	cmd := &cobra.Command{
		Use:     "create [NAME] -f [ENTRY=]PATH [--from-file=[ENTRY=]PATH] [--from-literal=ENTRY=VALUE] [--from-env-file=PATH]",
		Short:   "Seal documents, files or Secret manifests and write them as Secrets",
		Long:    createLong,
		Example: createExample,
		Args:    arguments(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			requests, err := o.requests(cmd.Context(), args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), requests)
		},
	}
	flags := cmd.Flags()
	o.plaintext.add(flags)
	addScopeFlag(cmd, &o.scope, "scope", "With a derived key, bind the entries to a SCOPE: "+
		"strict (this namespace, Secret and entry), namespace-wide or cluster-wide (default strict)")
	flags.BoolVar(&o.overwrite, "overwrite", false, "If the Secret exists, replace all its entries")
	flags.BoolVar(&o.merge, "merge", false, "If the Secret exists, add or replace the given entries and keep the others")
	flags.BoolVar(&o.adopt, "adopt", false, "Take over a Secret that exists and is not sealed; requires --overwrite or --merge")
	flags.BoolVar(&o.readBack, "read-back", true, "Open the new ciphertext and compare it with the input before the write")
	flags.BoolVar(&o.diff, "diff", false, "Show which entries and fields differ, never a value; "+
		"write nothing unless --dry-run=none is given")
	cmd.ValidArgsFunction = g.complete(oneSecretWords)
	completeFlag(cmd, "from-secret", g.complete(plainWords))
	o.addWriteFlags(g, cmd)
	return cmd
}

// requests are the command line as the engine takes it, with all plaintext read.
func (o *createOptions) requests(ctx context.Context, args []string) ([]engine.CreateRequest, error) {
	err := o.dryRun.checkArgs(args)
	if err != nil {
		return nil, err
	}
	if o.diff {
		o.dryRun.unlessGiven(engine.DryRunClient)
	}
	ifExists, err := o.ifExists()
	if err != nil {
		return nil, err
	}
	if o.plaintext.live != "" && (ifExists != engine.Refuse || o.adopt) {
		return nil, usagef("--from-secret seals what is there: it excludes --overwrite, --merge and --adopt")
	}
	requests, err := o.plaintext.requests(ctx, o.globals, args)
	for n := range requests {
		r := &requests[n]
		r.Scope, r.IfExists, r.Adopt, r.ReadBack, r.DryRun = o.scope.Scope, ifExists, o.adopt, o.readBack, o.dryRun.DryRun
		r.Compare = o.diff
		if r.Live {
			r.IfExists, r.Adopt = engine.Merge, true
		}
	}
	return requests, err
}

func (o *createOptions) ifExists() (engine.IfExists, error) {
	switch {
	case o.overwrite && o.merge:
		return 0, usagef("--overwrite and --merge exclude each other")
	case o.adopt && !o.overwrite && !o.merge:
		return 0, usagef("--adopt needs --overwrite or --merge to say what becomes of the other entries")
	case o.overwrite:
		return engine.Overwrite, nil
	case o.merge:
		return engine.Merge, nil
	}
	return engine.Refuse, nil
}

func (o *createOptions) run(ctx context.Context, requests []engine.CreateRequest) error {
	// An existing Secret may say itself which transit key it is sealed with.
	needs := config.Needs{Part: config.Sealer, TransitKey: requests[0].IfExists == engine.Refuse}
	c, err := o.globals.connect(ctx, connectOptions{needs: needs, fieldManager: *o.fieldManager})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	c.place(requests)
	var secrets []*corev1.Secret
	for n, request := range requests {
		result, err := c.Create(ctx, request)
		if err == nil && o.diff {
			err = o.printDifferences(result)
		}
		secret, err := o.report(result, err)
		if err != nil && o.dryRun.DryRun != engine.DryRunNone {
			return err // what would be kept in git is printed whole or not at all
		}
		if err != nil {
			return both(stoppedAt(n, len(requests), err), o.printAll(secrets))
		}
		secrets = append(secrets, secret)
	}
	return o.printAll(secrets)
}

// place gives each Secret the connection's namespace. A manifest that says one says the same: see checkNamespaces.
func (c *connection) place(requests []engine.CreateRequest) {
	for n := range requests {
		requests[n].Namespace = c.namespace
	}
}

// stoppedAt is an error that ends a series of Secrets: those before it are done.
func stoppedAt(n, of int, err error) error {
	if n == 0 {
		return err
	}
	return newReportError(exitPartial, fmt.Errorf("stopped after %d of %d Secrets: %w", n, of, err), hint(err))
}
