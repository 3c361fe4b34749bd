package main

import (
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// recorder keeps the operations of one round.
type recorder struct {
	began time.Time
	last  atomic.Int64

	mu         sync.Mutex
	operations []history.Operation
	seen       map[int]*corev1.Secret // what operations have stored or read, as it was answered: not opened yet
}

func newRecorder() *recorder {
	return &recorder{began: time.Now(), seen: map[int]*corev1.Secret{}}
}

// now is the time since the beginning.
func (r *recorder) now() int64 { return int64(time.Since(r.began)) }

// begin makes an operation that is called now.
func (r *recorder) begin(client int, kind history.Kind, secrets ...string) *history.Operation {
	return &history.Operation{ID: int(r.last.Add(1)), Client: client, Kind: kind, Secrets: secrets, Call: r.now(),
		Outcome: history.Unknown}
}

// end keeps an operation that has returned. answer is the Secret that it says to have stored or read, if it does.
func (r *recorder) end(op *history.Operation, answer *corev1.Secret) {
	if op.Return == 0 {
		op.Return = r.now()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operations = append(r.operations, *op)
	if answer != nil {
		r.seen[op.ID] = answer
	}
}
