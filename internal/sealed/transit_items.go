package sealed

import "github.com/vaultseal/kubectl-vaultseal/pkg/transit"

// Item returns what Vault needs to open or rewrap an entry: its ciphertext and the context of its place.
func (s Secret) Item(entry Entry) transit.Item {
	return transit.Item{Ciphertext: entry.Ciphertext, Context: s.Context(entry.Name)}
}

// Items returns the items of several entries, in their order.
func (s Secret) Items(entries []Entry) []transit.Item {
	items := make([]transit.Item, len(entries))
	for i, entry := range entries {
		items[i] = s.Item(entry)
	}
	return items
}

// PlaintextItem returns what Vault needs to seal the plaintext of an entry.
func (s Secret) PlaintextItem(entry string, plaintext []byte) transit.Item {
	return transit.Item{Plaintext: plaintext, Context: s.Context(entry)}
}

// DecoyItem returns the ciphertext of an entry with a context that no scope has. It opens only if the key is not
// derived, because Vault then ignores contexts.
func DecoyItem(entry Entry) transit.Item {
	return transit.Item{Ciphertext: entry.Ciphertext, Context: []byte(decoyContext)}
}

const decoyContext = "v1/decoy"
