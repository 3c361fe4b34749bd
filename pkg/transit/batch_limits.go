package transit

import "encoding/base64"

// One request holds at most this. Encrypt, Decrypt and Rewrap take any number of items and send as many requests as
// they need; a caller that collects items sends the fewest with these limits.
const (
	MaxBatchItems = 500
	MaxBatchBytes = 8 << 20 // of JSON

	spareItems   = 1  // so that MaxBatchItems entries and a decoy, which proves the key derived, are one request
	itemOverhead = 80 // bytes of JSON around an item's values, and some to spare
)

// Bound reports whether the item has a context. Vault takes a context for all items of a request or for none, so items
// that are bound and items that are not are sent in different requests.
func (i Item) Bound() bool { return len(i.Context) > 0 }

// split divides items into those of one request each.
func (b *batch) split(indexes []int) [][]int {
	var bound, unbound []int
	for _, i := range indexes {
		if b.items[i].Bound() {
			bound = append(bound, i)
		} else {
			unbound = append(unbound, i)
		}
	}
	return append(b.fit(unbound), b.fit(bound)...)
}

// fit divides items that are all bound, or all not.
func (b *batch) fit(indexes []int) [][]int {
	var chunks [][]int
	start, size := 0, itemOverhead
	for n, i := range indexes {
		item := b.input(i).size()
		if n > start && (n-start == MaxBatchItems+spareItems || size+item > b.limit) {
			chunks = append(chunks, indexes[start:n])
			start, size = n, itemOverhead
		}
		size += item
	}
	if start < len(indexes) {
		chunks = append(chunks, indexes[start:])
	}
	return chunks
}

// size is at least the length of i's JSON.
func (i batchInput) size() int {
	n := itemOverhead + len(i.Ciphertext) + base64.StdEncoding.EncodedLen(len(i.Context))
	if i.Plaintext != nil {
		n += base64.StdEncoding.EncodedLen(len(*i.Plaintext))
	}
	return n
}
