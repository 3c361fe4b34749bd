package sealed

import (
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestItemsHaveTheContextOfTheirEntry(t *testing.T) {
	ciphertext, err := transit.ParseCiphertext("vault:v2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")
	if err != nil {
		t.Fatal(err)
	}
	secret := Secret{Namespace: "ns", Name: "app", Scope: Strict,
		Entries: []Entry{{"a", ciphertext}, {"b", ciphertext}}}
	items := secret.Items(secret.Entries)
	if len(items) != len(secret.Entries) {
		t.Errorf("%d items", len(items))
	}
	for i, item := range items {
		want := "v1/strict/ns/app/" + secret.Entries[i].Name
		if string(item.Context) != want || item.Ciphertext != ciphertext || item.Plaintext != nil {
			t.Errorf("item %d: context %q, want %q; %v", i, item.Context, want, item)
		}
	}
	if item := secret.PlaintextItem("c", []byte("value")); string(item.Context) != "v1/strict/ns/app/c" ||
		string(item.Plaintext) != "value" {
		t.Errorf("plaintext item: %v, context %q", item, item.Context)
	}
	if item := DecoyItem(secret.Entries[0]); string(item.Context) != decoyContext || item.Ciphertext != ciphertext {
		t.Errorf("decoy: %v, context %q", item, item.Context)
	}
	secret.Scope = Unbound
	if item := secret.Item(secret.Entries[0]); item.Context != nil {
		t.Errorf("an unbound item has context %q", item.Context)
	}
}
