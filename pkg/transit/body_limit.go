package transit

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// manyBytes is from where on a connection that ends while a request is being sent may have been ended for its size.
const largeRequest = 128 << 10

// bodyLimit is how large the requests of a client may be. A proxy in front of Vault may allow less than Vault does; what
// it allows is found once, by halving.
type bodyLimit struct {
	mu  sync.Mutex
	max int // 0: maxBatchBytes
}

func (b *bodyLimit) bytes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.max == 0 {
		return maxBatchBytes
	}
	return b.max
}

// refused makes later requests at most half as large as one that was refused.
func (b *bodyLimit) lower(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if half := size / 2; b.max == 0 || half < b.max {
		b.max = half
	}
}

// tooLargeError says that a request was refused for its size, or may have been.
type tooLargeError struct {
	op   string
	size int    // bytes
	says string // Vault's own words; empty: it was not Vault
	lost error  // the connection was lost instead of an answer
}

func (e *tooLargeError) Error() string {
	switch {
	case e.lost != nil:
		return fmt.Sprintf("%v: the connection ended while a request of %d bytes was being sent", e.lost, e.size)
	case e.says != "":
		return fmt.Sprintf("%s: %v: Vault refuses requests of %d bytes (413: %s)", e.op, ErrTooLarge, e.size, e.says)
	}
	return fmt.Sprintf("%s: %v: a proxy in front of Vault refuses requests of %d bytes (413)", e.op, ErrTooLarge, e.size)
}

func (e *tooLargeError) Unwrap() []error {
	if e.lost != nil {
		return []error{e.lost}
	}
	return []error{ErrTooLarge}
}

// Hint says where the limit is set.
func (e *tooLargeError) Hint() string {
	if e.says != "" {
		return "raise max_request_size of Vault's listener"
	}
	return "raise the body limit of the proxy in front of Vault, with nginx client_max_body_size, or use an address of Vault without that proxy"
}

// tooLarge makes an error of a 413, else nil.
func (r *request) tooLarge(a *answer) error {
	if a.status != http.StatusRequestEntityTooLarge {
		return nil
	}
	e := &tooLargeError{op: r.op, size: len(r.body)}
	if messages, ok := a.messages(); ok && len(messages) > 0 {
		e.says = clean(messages[0], r.secrets())
	}
	return e
}

// perhapsTooLarge takes a connection that was lost while much was being sent for a refusal, which a proxy that does
// not read on may not bring across.
func (r *request) perhapsTooLarge(err error) error {
	var unreachable *unreachableError
	if errors.As(err, &unreachable) && r.perhapsRefused(unreachable) {
		return &tooLargeError{op: r.op, size: len(r.body), lost: err}
	}
	return err
}

func (r *request) perhapsRefused(e *unreachableError) bool {
	return e.unwritten && len(r.body) >= largeRequest && e.failure() == lost
}
