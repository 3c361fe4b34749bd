package test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// patchedSecrets are Secrets of a namespace on the real API server.
type patchedSecrets struct {
	namespace string
	client    corev1client.SecretInterface
	store     *engine.Cluster
}

func newPatchedSecrets(t *testing.T) patchedSecrets {
	t.Helper()
	p := patchedSecrets{namespace: newName()}
	check(t, theStack.addNamespace(p.namespace))
	t.Cleanup(func() { theStack.dropNamespace(p.namespace) })
	core, err := theStack.core()
	check(t, err)
	p.client, p.store = core.Secrets(p.namespace), engine.NewCluster(core, engine.ClusterOptions{})
	return p
}

// create creates a Secret as another client does.
func (p patchedSecrets) create(t *testing.T, secret *corev1.Secret, name string) *corev1.Secret {
	t.Helper()
	secret = secret.DeepCopy()
	secret.Name = name
	live, err := p.client.Create(t.Context(), secret, metav1.CreateOptions{FieldManager: "another"})
	check(t, err)
	return live
}

// merge writes a JSON merge patch.
func (p patchedSecrets) merge(t *testing.T, to *corev1.Secret, patch string) *corev1.Secret {
	t.Helper()
	stored, err := p.client.Patch(t.Context(), to.Name, types.MergePatchType, []byte(patch),
		metav1.PatchOptions{FieldManager: "vaultseal"})
	check(t, err)
	return stored
}

func textOf(t *testing.T, version string) transit.Ciphertext {
	t.Helper()
	text, err := transit.ParseCiphertext("vault:" + version + ":" + strings.Repeat("c2VhbGVk", 8))
	check(t, err)
	return text
}

// elaborate has everything that a write must leave alone.
func elaborate(t *testing.T) *corev1.Secret {
	t.Helper()
	not := false
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Labels: map[string]string{"app": "shop", "tier": "db"},
			Annotations: map[string]string{"note": "keep", sealed.LastAppliedAnnotation: "{}",
				sealed.TransitKeyAnnotation: "transit/other"},
			Finalizers: []string{"example.com/a", "example.com/b"},
			OwnerReferences: []metav1.OwnerReference{
				{APIVersion: "v1", Kind: "ConfigMap", Name: "a", UID: "1"},
				{APIVersion: "v1", Kind: "ConfigMap", Name: "b", UID: "2", Controller: &not},
			},
		},
		Immutable: &not,
		Type:      "example.com/own",
		Data: map[string][]byte{"a": []byte(textOf(t, "v1").String()), "b": []byte(textOf(t, "v1").String()),
			"bytes": {0, 255, 10}, "empty": {}},
	}
}

// TestWritesMeanMergePatches: what the API server stores after a write is what it stores after a JSON merge patch, with
// the field managers.
func TestWritesMeanMergePatches(t *testing.T) {
	p := newPatchedSecrets(t)
	as := sealed.Secret{Namespace: p.namespace, Key: transit.Key{Mount: "transit", Name: "k"}, Scope: sealed.Strict}
	for name, c := range map[string]struct {
		live   *corev1.Secret
		change engine.Change
		patch  string
	}{
		"one entry of several": {elaborate(t), engine.Change{Set: map[string]transit.Ciphertext{"a": textOf(t, "v2")}},
			`"data": {"a": "` + base64Of(textOf(t, "v2")) + `"}`},
		"entries to add and remove": {elaborate(t),
			engine.Change{Set: map[string]transit.Ciphertext{"new": textOf(t, "v2")}, Drop: []string{"a", "absent"}},
			`"data": {"new": "` + base64Of(textOf(t, "v2")) + `", "a": null, "absent": null}`},
		"all entries to remove": {elaborate(t), engine.Change{Drop: []string{"a", "b", "bytes", "empty"}},
			`"data": {"a": null, "b": null, "bytes": null, "empty": null}`},
		"annotations and labels": {elaborate(t), engine.Change{As: as}, `"data": {}`},
		"no data and no metadata": {&corev1.Secret{},
			engine.Change{As: as, Set: map[string]transit.Ciphertext{"a": textOf(t, "v2")}},
			`"data": {"a": "` + base64Of(textOf(t, "v2")) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			id := strings.ReplaceAll(name, " ", "-")
			c.change.Live = p.create(t, c.live, id+"-1")
			stored, err := p.store.Write(t.Context(), []engine.Change{c.change}, engine.DryRunNone)
			check(t, err)
			twin := p.create(t, c.live, id+"-2")
			metadata := `{"annotations": {"kubectl.kubernetes.io/last-applied-configuration": null}}`
			if c.change.As.Key.Name != "" {
				metadata = `{"labels": {"vaultseal.dev/sealed": "true"}, "annotations": {
					"kubectl.kubernetes.io/last-applied-configuration": null,
					"vaultseal.dev/transit-key": "transit/k", "vaultseal.dev/scope": "strict"}}`
			}
			merged := p.merge(t, twin, `{"metadata": `+metadata+`, `+c.patch+`}`)
			if is, want := withoutIdentity(stored[0]), withoutIdentity(merged); !reflect.DeepEqual(is, want) {
				t.Errorf("stored:\n%s\nwant:\n%s", mustJSON(is), mustJSON(want))
			}
		})
	}
}

func base64Of(c transit.Ciphertext) string {
	return strings.Trim(string(mustJSON([]byte(c.String()))), `"`)
}

// withoutIdentity is a Secret without what differs between two of them.
func withoutIdentity(secret *corev1.Secret) *corev1.Secret {
	secret = secret.DeepCopy()
	secret.Name, secret.UID, secret.ResourceVersion, secret.CreationTimestamp = "", "", "", metav1.Time{}
	for i := range secret.ManagedFields {
		secret.ManagedFields[i].Time = nil
	}
	return secret
}

// TestWritesAreConditional: a write after another client's is a conflict and changes nothing; so does a dry run.
func TestWritesAreConditional(t *testing.T) {
	p := newPatchedSecrets(t)
	live := p.create(t, elaborate(t), "s")
	change := engine.Change{Live: live, Set: map[string]transit.Ciphertext{"a": textOf(t, "v2")}}
	dry, err := p.store.Write(t.Context(), []engine.Change{change}, engine.DryRunServer)
	if err != nil || string(dry[0].Data["a"]) != textOf(t, "v2").String() {
		t.Errorf("dry run: %v, %v", dry, err)
	}
	_, err = p.client.Patch(t.Context(), "s", types.MergePatchType, []byte(`{"metadata": {"labels": {"app": "new"}}}`),
		metav1.PatchOptions{})
	check(t, err)
	_, err = p.store.Write(t.Context(), []engine.Change{change}, engine.DryRunNone)
	if !errors.Is(err, kube.ErrConflict) {
		t.Errorf("a late write: %v", err)
	}
	is, err := p.client.Get(t.Context(), "s", metav1.GetOptions{})
	check(t, err)
	if is.Labels["app"] != "new" || !reflect.DeepEqual(is.Data, live.Data) {
		t.Errorf("after a late write: %s", mustJSON(is))
	}
	check(t, p.client.Delete(t.Context(), "s", metav1.DeleteOptions{}))
	_, err = p.store.Write(t.Context(), []engine.Change{change}, engine.DryRunNone)
	if !errors.Is(err, kube.ErrConflict) && !errors.Is(err, kube.ErrNotFound) {
		t.Errorf("a write after the deletion: %v", err)
	}
}

// TestNamesInWritesAreNames: a label of a manifest that would be a directive of a strategic merge patch is an invalid
// name to the API server.
func TestNamesInWritesAreNames(t *testing.T) {
	p := newPatchedSecrets(t)
	live := p.create(t, elaborate(t), "s")
	for _, kept := range []engine.Metadata{
		{Labels: map[string]string{"$patch": "replace"}}, {Annotations: map[string]string{"$patch": "replace"}},
	} {
		change := engine.Change{Live: live, Kept: kept}
		_, err := p.store.Write(t.Context(), []engine.Change{change}, engine.DryRunNone)
		var status apierrors.APIStatus
		if !errors.As(err, &status) || !apierrors.IsInvalid(err) {
			t.Errorf("%v: %v", kept, err)
		}
	}
	is, err := p.client.Get(context.Background(), "s", metav1.GetOptions{})
	check(t, err)
	if !reflect.DeepEqual(is, live) {
		t.Errorf("it has become %s", mustJSON(is))
	}
}
