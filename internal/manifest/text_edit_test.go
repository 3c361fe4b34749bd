package manifest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	kubectlyaml "sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/styled"
)

// textOf reads one file.
func textOf(t *testing.T, content string) *Text {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	texts, err := ReadTexts([]string{path}, false, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return texts[0]
}

// hiddenValue is what stands for the ciphertext of a value in these tests.
func hiddenValue(value []byte) string {
	reversed := make([]byte, 28, 28+len(value))
	for n := range value {
		reversed = append(reversed, ^value[len(value)-1-n])
	}
	return "vault:v1:" + base64.StdEncoding.EncodeToString(reversed)
}

// sealAll seals all plaintext of a text as seal does, without a Vault.
func sealAll(text *Text) (changed int, err error) {
	found, err := text.Secrets()
	if err != nil {
		return 0, err
	}
	var edits []SecretEdit
	for _, at := range found.Secrets {
		edit := SecretEdit{At: at, Set: map[string]string{}, Labels: map[string]string{sealed.Label: "true"},
			Annotations: map[string]any{sealed.ScopeAnnotation: "strict"}}
		for entry, value := range at.Data {
			if !strings.HasPrefix(string(value), "vault:v") {
				edit.Set[entry] = hiddenValue(value)
			}
		}
		if at.Annotations[sealed.LastAppliedAnnotation] != "" {
			edit.Annotations[sealed.LastAppliedAnnotation] = nil
		}
		if at.Namespace == "" {
			edit.Namespace = "team-a"
		}
		if len(edit.Set) > 0 {
			edits = append(edits, edit)
		}
	}
	return len(edits), text.EditSecrets(edits)
}

// generated makes the objects of manifests.
type generated struct{ *rand.Rand }

func (g generated) value() string {
	values := []string{"pl4in/text", "pl4in/text\nof two lines\n", "", "pl4in/text: 'x' \"y\" # z", "  pl4in/text", "{}", "ü\u2028x"}
	return values[g.IntN(len(values))]
}

func (g generated) secret() map[string]any {
	name := fmt.Sprintf("s-%d", g.IntN(1000))
	metadata := map[string]any{"name": name}
	if g.IntN(2) == 0 {
		metadata["namespace"] = "team-a"
	}
	if g.IntN(2) == 0 {
		metadata["labels"] = map[string]any{"app": "web"}
	}
	if g.IntN(3) == 0 {
		metadata["annotations"] = map[string]any{sealed.LastAppliedAnnotation: `{"data":{"a":"cGw0aW4vdGV4dA=="}}`}
	}
	secret := map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
	for _, field := range []string{"data", "stringData"} {
		entries := map[string]any{}
		for _, entry := range []string{"a", "b.json", "c_d"} {
			switch g.IntN(4) {
			case 0, 1:
				entries[entry] = encoded(field, g.value())
			case 2:
				entries[entry] = encoded(field, hiddenValue([]byte("sealed before")))
			}
		}
		if len(entries) > 0 || g.IntN(4) == 0 {
			secret[field] = entries
		}
	}
	return secret
}

func (g generated) object(depth int) map[string]any {
	switch n := g.IntN(10); {
	case n < 2:
		return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "c"},
			"data": map[string]any{"a": "pl4in/text of another kind\n"}}
	case n < 5 && depth < 3:
		items := make([]any, g.IntN(4))
		for i := range items {
			items[i] = g.object(depth + 1)
		}
		return map[string]any{"apiVersion": "v1", "kind": "List", "items": items}
	}
	return g.secret()
}

// wanted is an object as sealAll must leave it, worked out from its fields alone.
func wanted(value any) any {
	object, _ := value.(map[string]any)
	if object["kind"] == "List" {
		items, _ := object["items"].([]any)
		for n := range items {
			items[n] = wanted(items[n])
		}
		return object
	}
	if object["kind"] != "Secret" {
		return object
	}
	merged, plain := mergedData(object)
	if !plain {
		return object
	}
	metadata := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if annotations == nil {
		annotations = map[string]any{}
	}
	delete(annotations, sealed.LastAppliedAnnotation)
	annotations[sealed.ScopeAnnotation] = "strict"
	labels, _ := metadata["labels"].(map[string]any)
	if labels == nil {
		labels = map[string]any{}
	}
	labels[sealed.Label] = "true"
	metadata["annotations"], metadata["labels"], metadata["namespace"] = annotations, labels, "team-a"
	delete(object, "data")
	delete(object, "stringData")
	object["merged"] = merged
	return object
}

// mergedData is what the API server stores, with plaintext hidden.
func mergedData(secret map[string]any) (merged map[string]any, plain bool) {
	merged = map[string]any{}
	for _, field := range []string{"data", "stringData"} {
		entries, _ := secret[field].(map[string]any)
		for entry, value := range entries {
			text, _ := value.(string)
			raw := []byte(text)
			if field == "data" {
				raw, _ = base64.StdEncoding.DecodeString(text)
			}
			merged[entry] = string(raw)
		}
	}
	for entry, value := range merged {
		if !strings.HasPrefix(value.(string), "vault:v") {
			merged[entry], plain = hiddenValue([]byte(value.(string))), true
		}
	}
	return merged, plain
}

// normal is an object of the output in the form of wanted.
func normal(value any) any {
	object, _ := value.(map[string]any)
	if items, isList := object["items"].([]any); isList {
		for n := range items {
			items[n] = normal(items[n])
		}
	}
	metadata, _ := object["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	if object["kind"] == "Secret" && labels[sealed.Label] == "true" {
		object["merged"], _ = mergedData(object)
		delete(object, "data")
		delete(object, "stringData")
	}
	return object
}

func decodedAsKubectl(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := kubectlyaml.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return value
}

// TestSealGenerated: whatever the style of a manifest, sealing changes nothing but the Secrets, and no plaintext of a
// Secret stays in their documents.
func TestSealGenerated(t *testing.T) {
	sealedTexts, refused := 0, 0
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		object := generated{random}.object(0)
		asJSON, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		content, err := styled.New(random).Document(asJSON)
		if err != nil {
			t.Fatal(err)
		}
		text := textOf(t, "# pl4in/text of nobody\n---\n"+strings.TrimPrefix(content, "\ufeff"))
		before := decodedAsKubectl(t, text.After())
		changed, err := sealAll(text)
		if errors.Is(err, patch.ErrShared) || errors.Is(err, patch.ErrForm) {
			refused++
			continue
		}
		if err != nil {
			t.Fatalf("%d: %v\n%s", seed, err, content)
		}
		after := text.After()
		if changed == 0 && !bytes.Equal(after, text.Before()) {
			t.Fatalf("%d: nothing to seal, and the text differs:\n%s\n%s", seed, content, after)
		}
		if want, got := wanted(before), normal(decodedAsKubectl(t, after)); !reflect.DeepEqual(want, got) {
			t.Fatalf("%d:\n%s\nbecame\n%s\n%v\n%v", seed, content, after, want, got)
		}
		again := textOf(t, string(after))
		if more, err := sealAll(again); err != nil || more > 0 {
			t.Fatalf("%d: sealed twice: %d, %v", seed, more, err)
		}
		sealedTexts += min(changed, 1)
	}
	if sealedTexts < 250 || refused > 50 {
		t.Errorf("%d sealed, %d refused", sealedTexts, refused)
	}
}

// FuzzSeal: what can be sealed is sealed as kubectl reads it, documents without a Secret stay byte for byte, and no
// error has a value in it.
func FuzzSeal(f *testing.F) {
	for _, text := range []string{
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: pl4in/text # c\n---\nx: y\n",
		`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},` +
			`"data":{"a":"cGw0aW4vdGV4dA=="}}]}`,
		"---\r\napiVersion: v1\r\nkind: Secret\r\nmetadata:\r\n  name: a\r\ndata:\r\n  a: |\r\n    cGw0aW4vdGV4dA==\r\n",
		"kind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData: {a: &x pl4in/text, b: *x}\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: null}\nstringData:\n  ? a\n  : pl4in/text\n...\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, content string) {
		read, err := split([]byte(content))
		if err != nil {
			return
		}
		text := &Text{Path: "app.yaml", documents: read, replaced: map[int][]byte{}}
		was := make([][]byte, text.Len())
		for n := range was {
			was[n] = text.Document(n)
		}
		_, err = sealAll(text)
		if err != nil {
			if strings.Contains(err.Error(), "pl4in/text") && strings.Count(content, "pl4in/text") == 1 {
				t.Errorf("%v", err)
			}
			return
		}
		after, err := split(text.Encoded())
		if err != nil || len(after.parts) != len(was) {
			t.Fatalf("%d documents became %d: %v\n%q", len(was), len(after.parts), err, text.Encoded())
		}
		for n, p := range after.parts {
			is := after.of(p)
			if bytes.Equal(is, was[n]) {
				continue
			}
			before, err := asKubectl(was[n])
			if err != nil {
				t.Fatalf("%v: %q", err, was[n])
			}
			now, err := asKubectl(is)
			if err != nil {
				t.Fatalf("%v: %q became %q", err, was[n], is)
			}
			var want, got any
			if json.Unmarshal(before, &want) != nil || json.Unmarshal(now, &got) != nil {
				t.Fatalf("%q became %q", was[n], is)
			}
			sameButSecrets(t, want, got)
		}
	})
}

// sameButSecrets compares two documents. A Secret must have the same entries, all of them sealed.
func sameButSecrets(t *testing.T, want, got any) {
	t.Helper()
	before, isObject := want.(map[string]any)
	after, _ := got.(map[string]any)
	if !isObject || before["kind"] != "Secret" {
		items, isList := before["items"].([]any)
		others, _ := after["items"].([]any)
		if !isList || len(items) != len(others) {
			if !reflect.DeepEqual(want, got) {
				t.Errorf("%v became %v", want, got)
			}
			return
		}
		for n := range items {
			sameButSecrets(t, items[n], others[n])
		}
		return
	}
	merged, _ := mergedData(before)
	if is, plain := mergedData(after); plain || !reflect.DeepEqual(merged, is) {
		t.Errorf("%v became %v", before, after)
	}
	if before["type"] != after["type"] || before["apiVersion"] != after["apiVersion"] {
		t.Errorf("%v became %v", before, after)
	}
}
