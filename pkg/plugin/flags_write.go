package plugin

import (
	"fmt"
	"maps"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// writeFlags are how commands that seal write, and what they say of it.
type writeFlags struct {
	globals      *globals
	dryRun       *dryRunFlag
	fieldManager *string
	output       *outputFlag
}

func (o *writeFlags) addWriteFlags(g *globals, cmd *cobra.Command) {
	o.globals = g
	o.dryRun = addDryRunFlag(cmd, "Write nothing: client stops before the write, server lets the API server check it; "+
		"the token request and the encryption in Vault still happen")
	o.fieldManager = addFieldManagerFlag(cmd.Flags())
	o.output = addOutputFlag(cmd, outputJSON, outputYAML, outputName)
}

// report says what is to be said of a Secret as soon as it is done.
func (o *writeFlags) report(result *engine.CreateResult, err error) (*corev1.Secret, error) {
	if err != nil {
		return nil, err
	}
	for _, note := range result.Notes {
		o.globals.note("%s", note)
	}
	for _, warning := range result.Warnings {
		o.globals.warn("%s", warning)
	}
	return result.Secret, o.printLine(result.Secret.Name, done(result))
}

// done says what became of a Secret: where it was sealed, and with which key.
func done(result *engine.CreateResult) string {
	switch {
	case result.Unchanged:
		return unchanged
	case result.Annotated:
		return expiryOf(result.Secret.Annotations)
	}
	return fmt.Sprintf("sealed in namespace %s with transit key %s", result.Secret.Namespace, result.TransitKey)
}

// unchanged is kubectl's word for an object to which nothing was written.
const unchanged = "unchanged"

// printLine says what was done, where it is not the manifests that are printed.
func (o *writeFlags) printLine(name, done string) (err error) {
	switch o.output.value {
	case outputName:
		err = say(o.globals.process.Out, "secret/%s\n", name)
	case outputHuman:
		err = say(o.globals.process.Out, "secret/%s %s%s\n", name, done, o.dryRun.suffix())
	}
	return err
}

// printAll prints the manifests: YAML as one document after the other, JSON as a list when there are several.
func (o *writeFlags) printAll(secrets []*corev1.Secret) error {
	out := o.globals.process.Out
	switch {
	case len(secrets) == 0 || o.output.value != outputJSON && o.output.value != outputYAML:
		return nil
	case len(secrets) == 1:
		return printObject(out, o.output.value, o.printable(secrets[0]))
	case o.output.value == outputJSON:
		items := make([]any, len(secrets))
		for n, secret := range secrets {
			items[n] = o.printable(secret)
		}
		return printObject(out, outputJSON, map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	}
	for n, secret := range secrets {
		if n > 0 {
			if _, err := fmt.Fprintln(out, "---"); err != nil {
				return err
			}
		}
		if err := printObject(out, outputYAML, o.printable(secret)); err != nil {
			return err
		}
	}
	return nil
}

// printable is the Secret as stored, or, in a dry run, the manifest to keep in
// git: without what belongs to the live object only.
func (o *writeFlags) printable(secret *corev1.Secret) *corev1.Secret {
	secret = secret.DeepCopy()
	secret.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}
	secret.ManagedFields = nil
	if o.dryRun.DryRun != engine.DryRunNone {
		return manifestOf(secret)
	}
	return secret
}

// manifestOf is a Secret as git keeps it, without what belongs to the live object only.
func manifestOf(secret *corev1.Secret) *corev1.Secret {
	manifest := secret.DeepCopy()
	manifest.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}
	manifest.ObjectMeta = metav1.ObjectMeta{
		Namespace: secret.Namespace, Name: secret.Name,
		Labels: maps.Clone(secret.Labels), Annotations: maps.Clone(secret.Annotations),
	}
	maps.DeleteFunc(manifest.Labels, sealed.IsToolRecord)
	maps.DeleteFunc(manifest.Annotations, sealed.IsToolRecord)
	return manifest
}
