package transit

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// largeRequest is the size from which a proxy may have closed the connection because of the size.
const largeRequest = 128 << 10

// bodyLimit is how large the requests of a client may be. A proxy in front of Vault may allow less than Vault does. The
// client finds the proxy's limit once, by halving.
type bodyLimit struct {
	mu  sync.Mutex
	max int // 0: MaxBatchBytes
}

func (b *bodyLimit) bytes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.max == 0 {
		return MaxBatchBytes
	}
	return b.max
}

// lower makes later requests at most half as large as one that was refused.
func (b *bodyLimit) lower(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if half := size / 2; b.max == 0 || half < b.max {
		b.max = half
	}
}

// TooLargeError says that a request was refused for its size, or may have been.
type TooLargeError struct {
	Op    string
	Size  int    // bytes
	Words string // Vault's own; empty: a proxy in front of Vault refused it
	Lost  error  // the connection was lost instead of an answer; else nil
}

func (e *TooLargeError) Error() string {
	switch {
	case e.Lost != nil:
		return fmt.Sprintf("%v: the connection ended while a request of %d bytes was being sent", e.Lost, e.Size)
	case e.Words != "":
		return fmt.Sprintf("%s: %v: Vault refuses requests of %d bytes (413: %s)", e.Op, ErrTooLarge, e.Size, e.Words)
	}
	return fmt.Sprintf("%s: %v: a proxy in front of Vault refuses requests of %d bytes (413)",
		e.Op, ErrTooLarge, e.Size)
}

// Unwrap returns ErrTooLarge, or how the connection was lost.
func (e *TooLargeError) Unwrap() error {
	if e.Lost != nil {
		return e.Lost
	}
	return ErrTooLarge
}

// tooLarge makes an error of a 413, else nil.
func (r *request) tooLarge(a *answer) error {
	if a.status != http.StatusRequestEntityTooLarge {
		return nil
	}
	e := &TooLargeError{Op: r.op, Size: len(r.body)}
	if messages, ok := a.messages(); ok && len(messages) > 0 {
		e.Words = clean(messages[0], r.secrets())
	}
	return e
}

// perhapsTooLarge takes a connection that was lost during a large request for a refusal: a proxy that stops reading may
// not get its answer through.
func (r *request) perhapsTooLarge(err error) error {
	var unreachable *UnreachableError
	if errors.As(err, &unreachable) && r.perhapsRefused(unreachable) {
		return &TooLargeError{Op: r.op, Size: len(r.body), Lost: err}
	}
	return err
}

func (r *request) perhapsRefused(e *UnreachableError) bool {
	return e.unwritten && len(r.body) >= largeRequest && e.failure() == lost
}
