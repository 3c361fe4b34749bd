package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	firstProofItems = 10
	firstProofBytes = 1 << 20
)

// needsProof reports whether a key is rotated only after an entry has authenticated with it. Everyone who writes a
// Secret that is named or discovered, or a manifest in a repository, can name a key there.
func (r *rotation) needsProof() bool {
	return r.client.named(r.request.Selection) || r.request.Discover
}

// proven finds out by rewrap whether one of the entries authenticates with the key. It discards the results.
func (r *rotation) proven(ctx context.Context, state *keyState, of namespaceTasks) (bool, error) {
	items, limit, most := proofItems(of.tasks), firstProofItems, firstProofBytes
	for len(items) > 0 {
		n, size := 0, 0
		for n < min(len(items), limit) && (n == 0 || size < most) {
			size += len(items[n].Ciphertext.String())
			n++
		}
		v := of.tasks[0].vault
		results, err := v.Rewrap(ctx, state.key, 0, items[:n])
		if err = ofKey(ctx, v, err); err != nil {
			return false, err
		}
		if slices.ContainsFunc(results, func(result transit.Result) bool { return result.Err == nil }) {
			return true, nil
		}
		items, limit, most = items[n:], transit.MaxBatchItems, maxBatchBytes
	}
	return false, nil
}

// proofItems are the entries of all Secrets: first the smallest entry of each, then the next one of each, and so on.
func proofItems(tasks []*task) []transit.Item {
	type candidate struct {
		rank int
		item transit.Item
	}
	var all []candidate
	for _, t := range tasks {
		entries := slices.DeleteFunc(slices.Clone(t.secret.Entries), func(e sealed.Entry) bool { return !e.Sealed() })
		if len(entries) == 0 {
			continue
		}
		for rank, entry := range smallestFirst(entries) {
			all = append(all, candidate{rank, t.secret.Item(entry)})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.rank, b.rank) })
	items := make([]transit.Item, len(all))
	for i, one := range all {
		items[i] = one.item
	}
	return items
}
