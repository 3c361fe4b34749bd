package plugin

import (
	"sync"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

// noteAfter is how long a command waits for Vault before it says so.
const noteAfter = time.Second

// waiting is what a command waits for at Vault. The progress of a command shows it; without one it is a note on
// stderr, once for each reason.
type waiting struct {
	note func(format string, args ...any)

	mu       sync.Mutex
	reason   string // "": nothing
	noted    map[string]bool
	pending  *time.Timer
	progress bool // which shows the reason
}

// told is transit's Waiting.
func (w *waiting) told(reason string, upTo time.Duration) {
	reason = printable.Line(reason) // a bar shows it too
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reason = reason
	if w.pending != nil {
		w.pending.Stop()
		w.pending = nil
	}
	if reason == "" {
		return
	}
	w.pending = time.AfterFunc(noteAfter, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.reason != reason || w.noted[reason] || w.progress {
			return
		}
		if w.noted == nil {
			w.noted = map[string]bool{}
		}
		w.noted[reason] = true
		w.note("waiting for Vault: %s (up to %s)", reason, upTo.Round(time.Second))
	})
}

// inProgress says whether a progress shows the reasons.
func (w *waiting) inProgress(shown bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.progress = shown
}

// now is what is waited for: "waiting for Vault: no active node", or "".
func (w *waiting) now() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reason == "" {
		return ""
	}
	return "waiting for Vault: " + w.reason
}
