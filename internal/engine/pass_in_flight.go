package engine

import corev1 "k8s.io/api/core/v1"

const (
	// maxBytesInFlight is the maximum size of the Secrets that are rewrapped or written at once. A write needs several
	// times the Secret's size: the ciphertext before and after, the patch, and the API server's answer.
	maxBytesInFlight = 8 << 20
	// maxPageAhead is the maximum size of a page during which the next one is read.
	maxPageAhead = 2 << 20
	// maxRereads is the maximum number of Secrets that are read, rewrapped and written again at once after a conflict.
	// They may have become larger than their room in flight.
	maxRereads = 8
	// entryOverhead is the memory of an entry besides its value.
	entryOverhead = 512
)

// weightOf is the room of a Secret in flight. A Secret that is larger than all room goes alone.
func weightOf(live *corev1.Secret) int64 {
	return min(int64(live.Size())+entryOverhead*int64(1+len(live.Data)), maxBytesInFlight)
}

// large reports whether a page is too large to read another one at the same time.
func large(page []Stored) bool {
	size := 0
	for _, stored := range page {
		size += stored.Secret.Size()
	}
	return size > maxPageAhead
}
