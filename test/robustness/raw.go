package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// rawClient writes and reads Secrets without the plugin, as kubectl and controllers do. Its ways do not break.
type rawClient struct {
	*round

	id     int
	random *rand.Rand
}

func rawChoices() []choice {
	return []choice{{history.RawTouch, 12}, {history.RawPatch, 8}, {history.RawUpdate, 8}, {history.RawGet, 14},
		{history.RawDelete, 3}, {history.RawCreate, 3}}
}

// errElsewhere says that there is nothing to do: the Secret is not what this client can write.
var errElsewhere = errors.New("not a Secret with scope strict")

// work writes and reads until the context ends.
func (c *rawClient) work(ctx context.Context) error {
	for ctx.Err() == nil {
		kind := choose(c.random, rawChoices())
		name := c.secrets[c.random.IntN(len(c.secrets))]
		if c.gone(name) && c.random.IntN(2) == 0 {
			kind = history.RawCreate
		}
		if err := c.operate(context.WithoutCancel(ctx), kind, name); err != nil {
			return err
		}
		time.Sleep(time.Duration(c.random.Int64N(int64(c.rawPause))))
	}
	return nil
}

// operate runs one operation and records it.
func (c *rawClient) operate(ctx context.Context, kind history.Kind, name string) error {
	op := c.record.begin(c.id, kind, name)
	ciphertexts, err := c.sealFor(ctx, op)
	if err != nil {
		return nil //nolint:nilerr // Vault is broken at the moment: nothing was asked of the API server
	}
	op.Call = c.record.now()
	answer, err := c.do(ctx, op, ciphertexts)
	op.Return = c.record.now()
	switch {
	case err == nil:
		op.Outcome = history.OK
	case errors.Is(err, errElsewhere):
		return nil
	case apierrors.IsNotFound(err):
		op.Outcome, op.Reason = history.Refused, history.Absent
	case apierrors.IsAlreadyExists(err):
		op.Outcome, op.Reason = history.Refused, history.Exists
	case apierrors.IsConflict(err), apierrors.IsInvalid(err):
		op.Outcome, op.Reason = history.Refused, history.Conflict
	default: // such as an API server that is too slow
		op.Said = err.Error()
		c.record.end(op, nil)
		return nil
	}
	c.remember(op)
	if kind == history.RawTouch || kind == history.RawDelete {
		answer = nil
	}
	c.record.end(op, answer)
	return nil
}

// sealFor sets an operation's values and seals them.
func (c *rawClient) sealFor(ctx context.Context, op *history.Operation) (map[string]string, error) {
	switch op.Kind {
	case history.RawCreate:
		op.Values = map[string]string{"a": value(op, "a"), document: fields("f1", value(op, "f"))}
	case history.RawPatch, history.RawUpdate:
		entry := pick(c.random, entries())
		op.Values = map[string]string{entry: value(op, entry)}
	default:
		return nil, nil
	}
	namespace, name, _ := strings.Cut(op.Secrets[0], "/")
	version, err := c.version(ctx, namespace)
	if err != nil {
		return nil, err
	}
	ciphertexts := map[string]string{}
	for entry, plaintext := range op.Values {
		answer, err := c.vault.Request(ctx, "POST", "transit/encrypt/"+keyOf(namespace), mustJSON(map[string]any{
			"plaintext": []byte(plaintext), "context": contextOf("strict", namespace, name, entry),
			"key_version": version}))
		if err != nil {
			return nil, err
		}
		var sealed struct {
			Data struct {
				Ciphertext string `json:"ciphertext"`
			} `json:"data"`
		}
		if err := json.Unmarshal(answer, &sealed); err != nil {
			return nil, err
		}
		ciphertexts[entry] = sealed.Data.Ciphertext
	}
	return ciphertexts, nil
}

// version is the key version to seal with: the latest one, or one of those before that still seal.
func (c *rawClient) version(ctx context.Context, namespace string) (int, error) {
	answer, err := c.vault.Request(ctx, "GET", "transit/keys/"+keyOf(namespace), nil)
	if err != nil {
		return 0, err
	}
	var key struct {
		Data struct {
			Latest int `json:"latest_version"`
			Least  int `json:"min_encryption_version"`
			Oldest int `json:"min_decryption_version"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &key); err != nil {
		return 0, err
	}
	least := max(1, key.Data.Least, key.Data.Oldest)
	return key.Data.Latest - c.random.IntN(min(3, key.Data.Latest-least+1)), nil
}

const scopeAnnotation = "vaultseal.dev/scope"

// do asks the API server.
func (c *rawClient) do(ctx context.Context, op *history.Operation, ciphertexts map[string]string) (*corev1.Secret,
	error) {
	namespace, name, _ := strings.Cut(op.Secrets[0], "/")
	secrets, manager := c.core.Secrets(namespace), managerOf(op.ID)
	patched := metav1.PatchOptions{FieldManager: manager}
	switch op.Kind {
	case history.RawGet:
		return secrets.Get(ctx, name, metav1.GetOptions{})
	case history.RawDelete:
		return nil, secrets.Delete(ctx, name, metav1.DeleteOptions{})
	case history.RawTouch:
		patch := fmt.Sprintf(`{"metadata": {"labels": {"touched": "%d"}}}`, op.ID)
		return secrets.Patch(ctx, name, types.MergePatchType, []byte(patch), patched)
	case history.RawCreate:
		return secrets.Create(ctx, rawSecret(namespace, name, ciphertexts), metav1.CreateOptions{FieldManager: manager})
	case history.RawPatch:
		const scope = "/metadata/annotations/vaultseal.dev~1scope"
		steps := []map[string]any{{"op": "test", "path": scope, "value": "strict"}}
		for entry, ciphertext := range ciphertexts {
			steps = append(steps, map[string]any{"op": "add", "path": "/data/" + entry, "value": []byte(ciphertext)})
		}
		return secrets.Patch(ctx, name, types.JSONPatchType, mustJSON(steps), patched)
	}
	live, err := secrets.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if live.Annotations[scopeAnnotation] != "strict" {
		return nil, errElsewhere
	}
	for entry, ciphertext := range ciphertexts {
		live.Data[entry] = []byte(ciphertext)
	}
	time.Sleep(time.Duration(c.random.Int64N(int64(20 * time.Millisecond))))
	return secrets.Update(ctx, live, metav1.UpdateOptions{FieldManager: manager})
}

// rawSecret is one as vaultseal writes it.
func rawSecret(namespace, name string, ciphertexts map[string]string) *corev1.Secret {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name,
			Labels: map[string]string{"vaultseal.dev/sealed": "true"},
			Annotations: map[string]string{"vaultseal.dev/transit-key": "transit/" + keyOf(namespace),
				scopeAnnotation: "strict"}},
		Type: corev1.SecretTypeOpaque, Data: map[string][]byte{},
	}
	for entry, ciphertext := range ciphertexts {
		secret.Data[entry] = []byte(ciphertext)
	}
	return secret
}

// contextOf is the context of an entry in a scope, as docs/format.md says.
func contextOf(scope, namespace, name, entry string) []byte {
	switch scope {
	case "strict":
		return []byte("v1/strict/" + namespace + "/" + name + "/" + entry)
	case "namespace-wide":
		return []byte("v1/namespace-wide/" + namespace)
	}
	return []byte("v1/" + scope)
}
