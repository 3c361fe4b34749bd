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

A document is a JSON object, a YAML mapping or a dotenv file, by the extension of the
entry's name (.json, .yaml, .yml, .env). It is checked first, then its bytes are sealed
unchanged. The entry has the name of the file, and the Secret that name without the
extension. create opens the new ciphertext and compares it before the write, and compares
the stored bytes after it.

--from-file, --from-literal and --from-env-file work as in kubectl create secret generic;
--from-prompt asks for a value. With -f, each entry of one or several plaintext Secret
manifests is sealed. Name, namespace, labels and annotations are kept, and the type is
recorded. A manifest of another namespace than that of -n or of the kubeconfig is an error.

--from-secret seals plaintext Secrets of the cluster in place. It refuses a Secret that
something in the cluster uses as plaintext, such as a pod, an Ingress or a ServiceAccount:
let pods open it with inject first. With --output-dir it writes one sealed manifest for
each Secret, for git, and changes nothing in the cluster. -l, --namespaces and -A require
--output-dir, or --dry-run to list what can be sealed without contacting Vault. Secrets
that are immutable, owned by another object or managed by a tool, of a type that kubelet or
a controller reads, or in the namespaces kube-* and vaultseal-system stay plaintext.

With a derived transit key each entry is bound to its place: see --scope. With
a key that is not derived it opens wherever it is copied to.

The annotation vaultseal.dev/sealed-at records the time of this command. --expires records
when the credential expires, in vaultseal.dev/expires. list shows both, and verify reports
what has expired. They are notes: anyone who can edit the Secret can change them.

--diff lists the entries, and fields of documents, that are added, removed or changed, and
never a value. A field is a path as in set --path: servers.2.host. Replaced entries are
opened for this. Nothing is written, as with --dry-run=client, unless you add
--dry-run=none. With -o the differences are notes on stderr.

A dry run also requests a ServiceAccount token and encrypts in Vault. With -o yaml it
prints the sealed manifest, for git.`

const createExample = `  # Seal secrets.json as the entry secrets.json of the Secret secrets
  kubectl vaultseal create -f secrets.json

  # Choose the Secret's name and the transit key
  kubectl vaultseal create matrix-secrets -f secrets.json --transit-key transit/app

  # Seal several entries, one of them from stdin
  generate-env | kubectl vaultseal create app -f config.yaml -f db.env=-

  # Seal any files, as with kubectl create secret generic
  kubectl vaultseal create app --from-file=ssh-privatekey=id_ed25519 --from-env-file=app.env

  # Seal a plaintext manifest for git
  kubectl create secret generic app --from-file=config.yaml --dry-run=client -o yaml |
    kubectl vaultseal create -f - --dry-run=client -o yaml > app-sealed.yaml

  # Seal plaintext Secrets of the cluster in place
  kubectl vaultseal create --from-secret app db

  # List which Secrets can be sealed and what uses them, then write manifests for git
  kubectl vaultseal create --from-secret -A --dry-run
  kubectl vaultseal create --from-secret -A --output-dir sealed

  # Replace one entry and keep the others
  kubectl vaultseal create app -f db.env --merge

  # Show which fields would change, then change them
  kubectl vaultseal create app -f secrets.json --merge --diff
  kubectl vaultseal create app -f secrets.json --merge

  # Record that the credential must be changed within 90 days
  kubectl vaultseal create app -f db.env --merge --expires 90d

  # Write a sealed manifest for git, and change nothing in the cluster
  kubectl vaultseal create -f secrets.json --dry-run=client -o yaml > secrets-sealed.yaml`

type createOptions struct {
	plaintext plaintextFlags
	live      fromSecretFlags
	scope     scopeFlag
	expires   expiresFlag
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
		Use: "create [NAME] -f [ENTRY=]PATH [--from-file=[ENTRY=]PATH] [--from-literal=ENTRY=VALUE] " +
			"[--from-env-file=PATH]",
		Short:   "Seal documents, files or Secret manifests",
		Long:    createLong,
		Example: createExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.live.given {
				return nil
			}
			return arguments(cobra.MaximumNArgs(1))(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.live.alone(); err != nil {
				return err
			}
			if o.live.given {
				return o.fromSecrets(cmd.Context(), args)
			}
			requests, err := o.requests(cmd.Context(), args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), requests)
		},
	}
	flags := cmd.Flags()
	o.plaintext.add(flags)
	o.live.add(g, cmd)
	addScopeFlag(cmd, &o.scope, "scope", "With a derived key, bind the entries to a SCOPE: "+
		"strict (this namespace, Secret and entry), namespace-wide or cluster-wide (default strict)")
	addExpiresFlag(cmd, &o.expires, "Record when the credential expires")
	flags.BoolVar(&o.overwrite, "overwrite", false, "If the Secret exists, replace all its entries")
	flags.BoolVar(&o.merge, "merge", false, "If the Secret exists, add or replace the given entries and keep the "+
		"others")
	flags.BoolVar(&o.adopt, "adopt", false, "Take over a Secret that exists and is not sealed; requires --overwrite "+
		"or --merge")
	flags.BoolVar(&o.readBack, "read-back", true,
		"Open the new ciphertext and compare it with the input before the write")
	flags.BoolVar(&o.diff, "diff", false, "Show which entries and fields differ, never a value; "+
		"write nothing unless --dry-run=none is given")
	cmd.ValidArgsFunction = g.complete(func(ctx context.Context, c *connection, args []string) []string {
		if o.live.given {
			return plainWords(ctx, c, args)
		}
		return oneSecretWords(ctx, c, args)
	})
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
	requests, err := o.plaintext.requests(ctx, o.globals, args)
	for n := range requests {
		requests[n].IfExists, requests[n].Adopt = ifExists, o.adopt
		o.addTo(&requests[n])
	}
	return requests, err
}

// addTo adds what the command line says about every Secret.
func (o *createOptions) addTo(r *engine.CreateRequest) {
	r.Scope, r.ReadBack, r.DryRun, r.Compare = o.scope.Scope, o.readBack, o.dryRun.DryRun, o.diff
	r.Expires = o.expires.Expiry
}

func (o *createOptions) ifExists() (engine.IfExists, error) {
	switch {
	case o.overwrite && o.merge:
		return 0, usagef("--overwrite and --merge exclude each other")
	case o.adopt && !o.overwrite && !o.merge:
		return 0, usagef("--adopt requires --overwrite or --merge")
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
	return o.createAll(ctx, c, requests)
}

// createAll creates the Secrets one after the other, until one fails.
func (o *createOptions) createAll(ctx context.Context, c *connection, requests []engine.CreateRequest) error {
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
	return newReportError(exitPartial, fmt.Errorf("stopped after %d of %d Secrets: %w", n, of, err), "")
}
