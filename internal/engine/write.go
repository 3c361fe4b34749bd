package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// DryRun says how far a write goes.
type DryRun string

// The kinds of dry run, as kubectl names them.
const (
	DryRunNone   DryRun = "none"
	DryRunClient DryRun = "client" // nothing is sent
	DryRunServer DryRun = "server" // the API server checks it and stores nothing
)

func (d DryRun) options() []string {
	if d == DryRunServer {
		return []string{metav1.DryRunAll}
	}
	return nil
}

// change is what one write does to a live Secret. It goes out as a JSON merge
// patch that carries the resourceVersion it was computed from, so that all of
// it happens, or nothing because someone else was first.
type change struct {
	live *corev1.Secret
	as   sealed.Secret // Key and Scope to record
	set  map[string]transit.Ciphertext
	drop []string // entries to remove
	kept Metadata // of the plaintext Secret, to add
	// untype removes the annotation of the plaintext Secret's type where kept has none.
	untype bool
}

// annotations are those that the write changes; nil removes one. Whatever
// tools kept of the plaintext goes with the first write.
func (c change) annotations() map[string]any {
	annotations := c.wanted()
	maps.DeleteFunc(annotations, func(name string, want any) bool {
		is, found := c.live.Annotations[name]
		return found && is == want || !found && want == nil
	})
	return annotations
}

// wanted are the annotations as they are to be, nil for none.
func (c change) wanted() map[string]any {
	annotations := map[string]any{}
	for name, text := range c.kept.Annotations {
		annotations[name] = text
	}
	for _, all := range []map[string]string{c.live.Annotations, c.kept.Annotations} {
		for name := range all {
			if sealed.IsCopy(name) {
				annotations[name] = nil
			}
		}
	}
	annotations[sealed.TransitKeyAnnotation] = c.as.Key.String()
	annotations[sealed.ScopeAnnotation] = nil
	if c.as.Scope != sealed.Unbound {
		annotations[sealed.ScopeAnnotation] = string(c.as.Scope)
	}
	switch plain := c.kept.Type; {
	case plain != "" && plain != c.live.Type:
		annotations[sealed.TypeAnnotation] = string(plain)
	case plain != "" || c.untype:
		annotations[sealed.TypeAnnotation] = nil
	}
	return annotations
}

// labels are those that the write changes.
func (c change) labels() map[string]string {
	if len(c.kept.Labels) == 0 && c.live.Labels[sealed.Label] == sealed.LabelValue {
		return nil
	}
	labels := map[string]string{}
	maps.Copy(labels, c.kept.Labels)
	labels[sealed.Label] = sealed.LabelValue
	maps.DeleteFunc(labels, func(name, want string) bool {
		is, found := c.live.Labels[name]
		return found && is == want
	})
	return labels
}

// patch has just what changes: what it does not name, the API server need not
// record this writer as an owner of.
func (c change) patch() ([]byte, error) {
	data := make(map[string]any, len(c.set)+len(c.drop))
	for name, ciphertext := range c.set {
		data[name] = []byte(ciphertext.String())
	}
	for _, name := range c.drop {
		data[name] = nil
	}
	metadata := map[string]any{"resourceVersion": c.live.ResourceVersion}
	if labels := c.labels(); len(labels) > 0 {
		metadata["labels"] = labels
	}
	if annotations := c.annotations(); len(annotations) > 0 {
		metadata["annotations"] = annotations
	}
	return json.Marshal(map[string]any{"metadata": metadata, "data": data})
}

// applied is the Secret as the change leaves it, for a dry run.
func (c change) applied() *corev1.Secret {
	secret := c.live.DeepCopy()
	if secret.Labels == nil {
		secret.Labels = map[string]string{}
	}
	maps.Copy(secret.Labels, c.labels())
	if secret.Annotations == nil {
		secret.Annotations = map[string]string{}
	}
	for name, value := range c.annotations() {
		if text, ok := value.(string); ok {
			secret.Annotations[name] = text
		} else {
			delete(secret.Annotations, name)
		}
	}
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	for name, ciphertext := range c.set {
		secret.Data[name] = []byte(ciphertext.String())
	}
	for _, name := range c.drop {
		delete(secret.Data, name)
	}
	return secret
}

// write sends the change and compares what was stored with what was sent.
func (c *Client) write(ctx context.Context, change change, dryRun DryRun) (*corev1.Secret, error) {
	if c.manifests != nil {
		return c.rewrite(change, dryRun)
	}
	if dryRun == DryRunClient {
		return change.applied(), nil
	}
	if change.live.ResourceVersion == "" {
		return nil, fmt.Errorf("secret %s/%s: it was not read from the cluster, and a write there would lose what others wrote", change.live.Namespace, change.live.Name)
	}
	patch, err := change.patch()
	if err != nil {
		return nil, err
	}
	namespace, name := change.live.Namespace, change.live.Name
	stored, err := c.secrets.Secrets(namespace).Patch(ctx, name, types.MergePatchType, patch,
		metav1.PatchOptions{FieldManager: c.fieldManager, DryRun: dryRun.options()})
	if err != nil {
		return nil, fmt.Errorf("write secret %s/%s: %w", namespace, name, kube.Classify(err))
	}
	return stored, checkStored(stored, change.set)
}

// create writes a Secret that did not exist.
func (c *Client) create(ctx context.Context, secret *corev1.Secret, dryRun DryRun) (*corev1.Secret, error) {
	if dryRun == DryRunClient {
		return secret, nil
	}
	stored, err := c.secrets.Secrets(secret.Namespace).Create(ctx, secret,
		metav1.CreateOptions{FieldManager: c.fieldManager, DryRun: dryRun.options()})
	if err != nil {
		return nil, fmt.Errorf("create secret %s/%s: %w", secret.Namespace, secret.Name, kube.Classify(err))
	}
	sent := make(map[string]transit.Ciphertext, len(secret.Data))
	for name, value := range secret.Data {
		if sent[name], err = transit.ParseCiphertext(string(value)); err != nil {
			return nil, fmt.Errorf("secret %s/%s entry %q: %w", secret.Namespace, secret.Name, name, err)
		}
	}
	return stored, checkStored(stored, sent)
}

func checkStored(stored *corev1.Secret, sent map[string]transit.Ciphertext) error {
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if !bytes.Equal(stored.Data[name], []byte(sent[name].String())) {
			return fmt.Errorf("secret %s/%s entry %q: the API server stored other bytes than were sent", stored.Namespace, stored.Name, name)
		}
	}
	return nil
}
