package engine

import corev1 "k8s.io/api/core/v1"

const (
	// maxBytesInFlight is how many bytes of Secrets are with Vault, or being written, at once. A write takes several
	// times the Secret's size: as ciphertext before and after, as a patch, and as the API server's answer.
	maxBytesInFlight = 8 << 20
	// maxPageAhead is how large a page may be for the next one to be read while it is batched.
	maxPageAhead = 2 << 20
	// maxRereads is how many Secrets at once are read, rewrapped and written again after a conflict. By then a Secret
	// may be larger than the room that it has in flight.
	maxRereads = 8
	// entryOverhead is what an entry takes in memory besides its value.
	entryOverhead = 512
)

// weightOf is how much room a Secret takes in flight. One that is larger than all of it goes alone.
func weightOf(live *corev1.Secret) int64 {
	return min(int64(live.Size())+entryOverhead*int64(1+len(live.Data)), maxBytesInFlight)
}

// large tells whether a page is too large for another one beside it.
func large(page []Stored) bool {
	size := 0
	for _, stored := range page {
		size += stored.Secret.Size()
	}
	return size > maxPageAhead
}
