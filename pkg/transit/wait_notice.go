package transit

import (
	"sync"
	"time"
)

// waitNotices tells the owner of a client what requests wait for. Several requests may wait at once: the owner hears
// the last reason, and the end when no request waits.
type waitNotices struct {
	tell func(reason string, upTo time.Duration)

	mu      sync.Mutex
	waiting int
	reason  string
}

// begin counts a request that waits. The caller must call the returned function once, at the end of the wait.
func (w *waitNotices) begin(reason string, upTo time.Duration) (over func()) {
	if w.tell == nil {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting++
	if w.reason != reason {
		w.reason = reason
		w.tell(reason, upTo)
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.waiting--
		if w.waiting == 0 {
			w.reason = ""
			w.tell("", 0)
		}
	}
}
