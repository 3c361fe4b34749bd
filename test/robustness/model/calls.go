package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// Violation is something that must not be.
type Violation struct {
	Secret string
	Text   string
}

func (v Violation) String() string { return v.Secret + ": " + v.Text }

// resolver makes calls of operations. Etcd decides what happened of those whose outcome is not known.
type resolver struct {
	h      *history.History
	writes map[place][]*history.Write

	calls      map[string][]call // by Secret
	violations []Violation
}

// place is an operation at a Secret.
type place struct {
	operation int
	secret    string
}

func resolve(h *history.History) *resolver {
	r := &resolver{h: h, writes: map[place][]*history.Write{}, calls: map[string][]call{}}
	for i := range h.Writes {
		w := &h.Writes[i]
		at := place{w.Operation, w.Secret}
		r.writes[at] = append(r.writes[at], w)
	}
	for i := range h.Operations {
		for _, name := range h.Operations[i].Secrets {
			r.add(&h.Operations[i], name)
		}
	}
	return r
}

func (r *resolver) violated(secret, format string, args ...any) {
	r.violations = append(r.violations, Violation{secret, fmt.Sprintf(format, args...)})
}

// add makes the calls of an operation at a Secret.
func (r *resolver) add(op *history.Operation, name string) {
	writes := r.writes[place{op.ID, name}]
	switch {
	case op.Kind.Reads() && len(writes) > 0:
		r.violated(name, "operation %d reads, and wrote revision %d", op.ID, writes[0].Revision)
	case op.Kind.Reads():
		if op.Outcome != history.Unknown {
			r.call(name, call{op: op, after: op.Result, returns: op.Return})
		}
	case op.Kind.Rotates():
		r.rotation(op, name, writes)
	case op.Outcome == history.Refused:
		if len(writes) > 0 {
			r.violated(name, "operation %d (%s) says that it did nothing (%s), and wrote revision %d", op.ID, op.Kind,
				op.Reason, writes[0].Revision)
		}
		if op.Reason == history.Conflict && !op.Kind.Raw() && !r.disturbed(op, name) {
			r.violated(name, "operation %d (%s) says that another client changed it, and none did", op.ID, op.Kind)
		}
		r.call(name, call{op: op, returns: op.Return})
	default:
		r.write(op, name, writes)
	}
}

func (r *resolver) call(name string, c call) { r.calls[name] = append(r.calls[name], c) }

// write adds an operation that has written, or of which etcd says it.
func (r *resolver) write(op *history.Operation, name string, writes []*history.Write) {
	known, until := op.Outcome == history.OK, op.Return
	if !known {
		until = r.h.Read
	}
	for i := 1; i < len(writes); i++ {
		if !sealedAgain(writes[i-1].State, writes[i].State) {
			r.violated(name, "operation %d (%s) wrote %d times: revisions %d and %d", op.ID, op.Kind, len(writes),
				writes[i-1].Revision, writes[i].Revision)
		}
		r.call(name, call{op: op, after: writes[i].State, again: true, returns: until})
	}
	switch deletes := op.Kind == history.RawDelete; {
	case known && deletes:
		r.call(name, call{op: op, returns: op.Return})
	case deletes:
		r.call(name, call{op: op, returns: math.MaxInt64}) // etcd does not say who has deleted
	case known:
		r.acknowledged(op, name, writes)
	case len(writes) > 0:
		r.call(name, call{op: op, after: writes[0].State, returns: until})
	}
}

// acknowledged adds a write that its operation has confirmed.
func (r *resolver) acknowledged(op *history.Operation, name string, writes []*history.Write) {
	after := op.Result
	switch {
	case len(writes) == 0 && !r.unchanged(op, name):
		r.violated(name, "operation %d (%s) says that it wrote, and etcd has no write of it", op.ID, op.Kind)
	case len(writes) > 0 && after == nil:
		after = writes[0].State
	case len(writes) > 0 && !after.Equal(writes[0].State):
		if !r.later(writes[0], after) {
			r.violated(name, "operation %d (%s) says that it left %v, and etcd has %v", op.ID, op.Kind, after,
				writes[0].State)
		}
		after = writes[0].State
	}
	r.call(name, call{op: op, after: after, settled: len(writes) == 0 && op.Kind == history.Unset, returns: op.Return})
}

// disturbed reports whether another operation may have written or deleted the Secret during one.
func (r *resolver) disturbed(op *history.Operation, name string) bool {
	return slices.ContainsFunc(r.h.Operations, func(other history.Operation) bool {
		wrote := len(r.writes[place{other.ID, name}]) > 0 ||
			other.Kind == history.RawDelete && other.Outcome != history.Refused && slices.Contains(other.Secrets, name)
		return other.ID != op.ID && wrote && r.overlap(op, &other)
	})
}

// overlap reports whether two operations may have been carried out at the same time.
func (r *resolver) overlap(op, other *history.Operation) bool {
	until := other.Return
	if other.Outcome == history.Unknown {
		until = r.h.Read
	}
	return other.Call <= op.Return && op.Call <= until
}

// later reports whether a state came after a write: an operation that lost the answer to its write has read the Secret.
func (r *resolver) later(w *history.Write, state *history.State) bool {
	return slices.ContainsFunc(r.h.Writes, func(other history.Write) bool {
		return other.Secret == w.Secret && other.Revision > w.Revision && other.State.Equal(state)
	})
}

// unchanged reports whether an operation may end well without a write: the Secret was as it wants it. An unset has lost
// its request, and another one has removed the entry before it was sent again.
func (r *resolver) unchanged(op *history.Operation, name string) bool {
	_, kept := entry(op.Result, op.Entry)
	unsets := op.Kind == history.Unset && !kept
	removed := unsets && slices.ContainsFunc(r.h.Operations, func(other history.Operation) bool {
		return other.Kind == history.Unset && other.Entry == op.Entry && other.ID != op.ID &&
			len(r.writes[place{other.ID, name}]) > 0 && r.overlap(op, &other)
	})
	return (removed || op.Kind == history.Reseal) && slices.ContainsFunc(r.h.Writes, func(w history.Write) bool {
		return w.Secret == name && w.State.Equal(op.Result)
	})
}

// rotation adds what a rotation has done to one Secret.
func (r *resolver) rotation(op *history.Operation, name string, writes []*history.Write) {
	returns, target := op.Return, 0
	if op.Outcome == history.Unknown {
		returns = r.h.Read
	}
	if op.Rotation != nil {
		target = op.Rotation.Targets[namespaceOf(name)]
	}
	for _, w := range writes {
		r.call(name, call{op: op, after: w.State, target: target, returns: returns})
	}
	if len(writes) > 0 || op.Outcome != history.OK || op.Rotation == nil {
		return
	}
	if _, left := op.Rotation.Left[name]; !left {
		r.call(name, call{op: op, settled: true, target: target, returns: returns})
	}
}
