package engine

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
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

// annotations are the changed annotations; nil removes one. The first write removes copies of the plaintext that tools
// keep.
func (c Change) annotations() map[string]any { return c.changed(c.wanted()) }

// AgeAnnotations are those of the changed annotations that are about the age.
func (c Change) AgeAnnotations() map[string]any { return c.changed(c.Age.Annotations()) }

// changed leaves out annotations that the Secret has as wanted.
func (c Change) changed(annotations map[string]any) map[string]any {
	maps.DeleteFunc(annotations, func(name string, want any) bool {
		is, found := c.Live.Annotations[name]
		return found && is == want || !found && want == nil
	})
	return annotations
}

// wanted are the new annotations; nil: none.
func (c Change) wanted() map[string]any {
	annotations := map[string]any{}
	for name, text := range c.Kept.Annotations {
		annotations[name] = text
	}
	for _, all := range []map[string]string{c.Live.Annotations, c.Kept.Annotations} {
		for name := range all {
			if sealed.IsCopy(name) {
				annotations[name] = nil
			}
		}
	}
	maps.Copy(annotations, c.Age.Annotations())
	if c.As.Key.IsZero() {
		return annotations
	}
	annotations[sealed.TransitKeyAnnotation] = c.As.Key.String()
	annotations[sealed.ScopeAnnotation] = nil
	if c.As.Scope != sealed.Unbound {
		annotations[sealed.ScopeAnnotation] = string(c.As.Scope)
	}
	switch plain := c.Kept.Type; {
	case plain != "" && plain != c.Live.Type:
		annotations[sealed.TypeAnnotation] = string(plain)
	case plain != "" || c.Untype:
		annotations[sealed.TypeAnnotation] = nil
	}
	return annotations
}

// labels are the changed labels.
func (c Change) labels() map[string]string {
	if len(c.Kept.Labels) == 0 && (c.As.Key.IsZero() || c.Live.Labels[sealed.Label] == sealed.LabelValue) {
		return nil
	}
	labels := map[string]string{}
	maps.Copy(labels, c.Kept.Labels)
	labels[sealed.Label] = sealed.LabelValue
	maps.DeleteFunc(labels, func(name, want string) bool {
		is, found := c.Live.Labels[name]
		return found && is == want
	})
	return labels
}

// patch has only what changes, so that the API server does not record this writer as an owner of anything else.
//
// It is a strategic merge patch. For a Secret that means the same as a JSON merge patch, and takes less of the API
// server's time (docs/performance.md). Names that begin with a dollar sign would be directives in it. The API server
// must refuse them as invalid names, so a change with one is a JSON merge patch.
func (c Change) patch() (types.PatchType, []byte, error) {
	data := make(map[string]any, len(c.Set)+len(c.Drop))
	for name, ciphertext := range c.Set {
		data[name] = []byte(ciphertext.String())
	}
	for _, name := range c.Drop {
		data[name] = nil
	}
	metadata := map[string]any{"resourceVersion": c.Live.ResourceVersion}
	labels, annotations := c.labels(), c.annotations()
	if len(labels) > 0 {
		metadata["labels"] = labels
	}
	if len(annotations) > 0 {
		metadata["annotations"] = annotations
	}
	kind := types.StrategicMergePatchType
	if mayDirect(data) || mayDirect(labels) || mayDirect(annotations) {
		kind = types.MergePatchType
	}
	patch, err := json.Marshal(map[string]any{"metadata": metadata, "data": data})
	return kind, patch, err
}

// mayDirect reports whether a name in a map would be a directive of a strategic merge patch.
func mayDirect[V any](names map[string]V) bool {
	for name := range names {
		if strings.HasPrefix(name, "$") {
			return true
		}
	}
	return false
}

// applied is the Secret as the change leaves it.
func (c Change) applied() *corev1.Secret {
	if c.Live == nil {
		c.Live = &corev1.Secret{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
			ObjectMeta: metav1.ObjectMeta{Namespace: c.As.Namespace, Name: c.As.Name},
			Type:       cmp.Or(c.Type, corev1.SecretTypeOpaque),
		}
	}
	secret := c.Live.DeepCopy()
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
	c.ApplyEntries(secret)
	return secret
}

// ApplyEntries changes the entries of a Secret, and no metadata.
func (c Change) ApplyEntries(secret *corev1.Secret) {
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	for name, ciphertext := range c.Set {
		secret.Data[name] = []byte(ciphertext.String())
	}
	for _, name := range c.Drop {
		delete(secret.Data, name)
	}
}
