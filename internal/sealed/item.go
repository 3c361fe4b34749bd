package sealed

import "github.com/vaultseal/kubectl-vaultseal/pkg/transit"

// Item is what Vault opens or rewraps an entry from: its ciphertext, and the context of its place.
func (s Secret) Item(entry Entry) transit.Item {
	return transit.Item{Ciphertext: entry.Ciphertext, Context: s.Context(entry.Name)}
}

// Items are those of several entries, in their order.
func (s Secret) Items(entries []Entry) []transit.Item {
	items := make([]transit.Item, len(entries))
	for i, entry := range entries {
		items[i] = s.Item(entry)
	}
	return items
}

// PlaintextItem is what Vault seals the plaintext of an entry from.
func (s Secret) PlaintextItem(entry string, plaintext []byte) transit.Item {
	return transit.Item{Plaintext: plaintext, Context: s.Context(entry)}
}

// DecoyItem is the ciphertext of an entry under a context of no scope. It does not open, unless its key is not derived
// and Vault ignores contexts.
func DecoyItem(entry Entry) transit.Item {
	return transit.Item{Ciphertext: entry.Ciphertext, Context: []byte(decoyContext)}
}

const decoyContext = "v1/decoy"
