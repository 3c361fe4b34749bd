package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

const sealLong = `Print manifests with their plaintext Secrets sealed, for git. Nothing is written to the
cluster. If one Secret cannot be sealed, nothing is printed or written.

Only the values of Secrets change, and the labels and annotations that say how they are
sealed. All other lines and documents stay byte for byte: comments, order, lists and JSON.
stringData overrides data, as in Kubernetes. The type stays. Sealed entries stay too, and
those beside plaintext are checked to have the same transit key and scope. A Secret without
a namespace gets the one of -n or of the kubeconfig, which is written into the manifest if
the scope binds to it. A plaintext Secret of another namespace is an error.

Copies of the object that tools keep in annotations are removed. A value in another
annotation, a label or a comment is an error. So is an immutable Secret, and one whose type
must stay plaintext, because kubelet or a controller reads it: see --allow-plain-types.

With --reuse, a value that has not changed keeps its ciphertext, so that sealing the same
input again prints the same bytes. It is opened and compared in memory, and its transit key
and scope must be those that it would be sealed with. The annotation vaultseal.dev/sealed-at
then stays too; a new ciphertext renews it. vaultseal.dev/expires stays as the plaintext
manifest has it, or else as the earlier one has it.

seal is no post-renderer of Helm and no generator of Kustomize: each rendering would make new
ciphertext. Seal once, commit the result, and render that.`

const sealExample = `  # Seal a manifest for git
  kubectl vaultseal seal -f app.yaml > app-sealed.yaml

  # Seal what another tool prints
  kubectl create secret generic app --from-file=config.yaml --dry-run=client -o yaml |
    kubectl vaultseal seal -f - > app.yaml

  # Seal the plaintext Secrets of a directory in their files
  kubectl vaultseal seal -f deploy/ -R -i

  # Seal plaintext manifests into another directory, and keep the ciphertext of unchanged values
  kubectl vaultseal seal -f plain/ -R --output-dir deploy/ --reuse deploy/

  # Keep the ciphertext that the cluster has
  kubectl vaultseal seal -f app.yaml --reuse cluster > app-sealed.yaml`

type sealOptions struct {
	globals         *globals
	input           inputFlags
	target          sealTarget
	reuse           []string
	scope           scopeFlag
	allowPlainTypes bool
	dryRun          *dryRunFlag
}

func newSeal(g *globals) *cobra.Command {
	o := &sealOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "seal -f FILE",
		Short:   "Seal the plaintext Secrets of manifests",
		Long:    sealLong,
		Example: sealExample,
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.input.add(cmd)
	o.target.add(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&o.reuse, "reuse", nil, "Keep the ciphertext that an unchanged value has in this `FILE` or "+
		"directory, or in the cluster with the word cluster; can be repeated")
	addScopeFlag(cmd, &o.scope, "scope", "With a derived key, bind the entries to a SCOPE: "+
		"strict (this namespace, Secret and entry), namespace-wide or cluster-wide (default strict)")
	flags.BoolVar(&o.allowPlainTypes, "allow-plain-types", false,
		"Leave Secrets whose type must stay plaintext as they are: "+plainTypeWords())
	o.dryRun = addDryRunFlag(cmd, "With -i or --output-dir, write nothing; only client makes sense; the encryption in "+
		"Vault still happens")
	return cmd
}

// check reads the command line.
func (o *sealOptions) check() error {
	if err := o.input.check(); err != nil {
		return err
	}
	return o.target.check(o.input, o.dryRun)
}

func (o *sealOptions) run(ctx context.Context) error {
	texts, err := o.input.read(ctx, o.globals.process)
	if err != nil {
		return err
	}
	found, err := o.find(texts)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		o.globals.note("there is no plaintext Secret in the input")
		return o.target.write(o.globals, texts, nil, o.dryRun)
	}
	results, err := o.seal(ctx, found)
	if err != nil {
		return err
	}
	if err := rewriteSealed(texts, found, results); err != nil {
		return err
	}
	o.note(found, results)
	return o.target.write(o.globals, texts, sealedSecrets(found, results), o.dryRun)
}

// seal connects and seals what was found. Secrets of which only annotations change need no Vault.
func (o *sealOptions) seal(ctx context.Context, found []*plainSecret) ([]engine.SealResult, error) {
	namespace, err := o.place(found)
	if err != nil {
		return nil, err
	}
	requests := make([]engine.SealRequest, len(found))
	plaintext := false
	for n, s := range found {
		requests[n] = engine.SealRequest{Secret: s.at.Secret, Scope: o.scope.Scope, Overridden: s.at.Overridden}
		plaintext = plaintext || len(s.values) > 0
	}
	needs := config.Needs{Part: config.Sealer, TransitKey: true}
	if !plaintext {
		results, err := engine.NewClient(engine.Options{}).Seal(ctx, requests)
		return results, located(found, err)
	}
	c, err := o.globals.connect(ctx, connectOptions{needs: needs})
	if err != nil {
		return nil, err
	}
	defer c.close(ctx)
	earlier, err := o.earlier(ctx, c.core, found, namespace)
	if err != nil {
		return nil, err
	}
	for n, s := range found {
		requests[n].Earlier = earlier[sealed.Place{Namespace: namespace, Name: s.at.Name}]
	}
	results, err := c.Seal(ctx, requests)
	return results, located(found, err)
}

// located adds the file and the line to an error about one Secret.
func located(found []*plainSecret, err error) error {
	var one *engine.SealError
	if !errors.As(err, &one) {
		return err
	}
	return found[one.Index].text.In(found[one.Index].at, err)
}

// rewriteSealed changes the texts.
func rewriteSealed(texts []*manifest.Text, found []*plainSecret, results []engine.SealResult) error {
	edits := map[*manifest.Text][]manifest.SecretEdit{}
	values := map[*manifest.Text][]manifest.SealedValues{}
	for n, s := range found {
		edits[s.text] = append(edits[s.text], s.edit(results[n]))
		values[s.text] = append(values[s.text], manifest.SealedValues{At: s.at, Values: s.values},
			manifest.SealedValues{At: s.at, Values: s.at.Overridden})
	}
	for _, text := range texts {
		if err := text.EditSecrets(edits[text]); err != nil {
			return err
		}
		if err := text.CheckComments(values[text]); err != nil {
			return err
		}
	}
	return nil
}

// note tells each thing once.
func (o *sealOptions) note(found []*plainSecret, results []engine.SealResult) {
	told := map[string]bool{}
	tell := func(text string) {
		if !told[text] {
			o.globals.note("%s", text)
		}
		told[text] = true
	}
	for n, s := range found {
		for _, text := range results[n].Notes {
			tell(text)
		}
		if namespace := s.edit(results[n]).Namespace; namespace != "" {
			tell(fmt.Sprintf("namespace %s is written into manifests that had none: scope %s binds to it", namespace,
				results[n].As.Scope))
		}
	}
}
