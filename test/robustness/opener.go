package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// opener opens all ciphertexts of a round, each once.
type opener struct {
	*world

	entries map[sealedEntry]*history.Entry
}

// sealedEntry is a ciphertext and what it is bound to.
type sealedEntry struct{ key, context, entry, ciphertext string }

// openAtOnce is how many ciphertexts go into one request.
const openAtOnce = 500

func newOpener(w *world) *opener { return &opener{world: w, entries: map[sealedEntry]*history.Entry{}} }

// entriesOf are a Secret's ciphertexts with what its annotations say.
func entriesOf(secret *corev1.Secret) map[string]sealedEntry {
	key := strings.TrimPrefix(secret.Annotations["vaultseal.dev/transit-key"], "transit/")
	found := map[string]sealedEntry{}
	for name, text := range secret.Data {
		bound := contextOf(secret.Annotations[scopeAnnotation], secret.Namespace, secret.Name, name)
		found[name] = sealedEntry{key, string(bound), name, string(text)}
	}
	return found
}

// add notes a Secret's ciphertexts.
func (o *opener) add(secret *corev1.Secret) {
	if secret == nil {
		return
	}
	for _, one := range entriesOf(secret) {
		o.entries[one] = &history.Entry{}
	}
}

// open opens all of them. All key versions must open.
func (o *opener) open(ctx context.Context) error {
	byKey := map[string][]sealedEntry{}
	for one := range o.entries {
		version, err := versionOf(one.ciphertext)
		if err != nil {
			*o.entries[one] = history.Entry{Broken: err.Error()}
			continue
		}
		o.entries[one].Version = version
		byKey[one.key] = append(byKey[one.key], one)
	}
	for key, all := range byKey {
		for len(all) > 0 {
			some := all[:min(openAtOnce, len(all))]
			if err := o.decrypt(ctx, key, some); err != nil {
				return err
			}
			all = all[len(some):]
		}
	}
	return nil
}

// versionOf is the key version of a ciphertext.
func versionOf(ciphertext string) (int, error) {
	rest, sealed := strings.CutPrefix(ciphertext, "vault:v")
	number, _, whole := strings.Cut(rest, ":")
	version, err := strconv.Atoi(number)
	if !sealed || !whole || err != nil {
		return 0, fmt.Errorf("not a ciphertext")
	}
	return version, nil
}

func (o *opener) decrypt(ctx context.Context, key string, some []sealedEntry) error {
	items := make([]map[string]any, len(some))
	for i, one := range some {
		items[i] = map[string]any{"ciphertext": one.ciphertext, "context": []byte(one.context)}
	}
	answer, err := o.write(ctx, "transit/decrypt/"+key,
		map[string]any{"batch_input": items, "partial_failure_response_code": 200})
	if err != nil {
		return err
	}
	var opened struct {
		Data struct {
			Results []struct {
				Plaintext string `json:"plaintext"`
				Error     string `json:"error"`
			} `json:"batch_results"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &opened); err != nil {
		return err
	}
	if len(opened.Data.Results) != len(some) {
		return fmt.Errorf("vault answers %d of %d ciphertexts", len(opened.Data.Results), len(some))
	}
	for i, result := range opened.Data.Results {
		entry := o.entries[some[i]]
		text, err := base64.StdEncoding.DecodeString(result.Plaintext)
		if err != nil {
			return err
		}
		entry.Value, entry.Broken = canonical(some[i].entry, string(text)), result.Error
	}
	return nil
}

// state is a Secret with its entries opened.
func (o *opener) state(secret *corev1.Secret) *history.State {
	if secret == nil {
		return nil
	}
	s := &history.State{UID: string(secret.UID), Scope: secret.Annotations[scopeAnnotation],
		Entries: map[string]history.Entry{}}
	for name, one := range entriesOf(secret) {
		s.Entries[name] = *o.entries[one]
	}
	return s
}
