package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

func namespaceOf(secret string) string {
	namespace, _, _ := strings.Cut(secret, "/")
	return namespace
}

// replay checks each write in etcd against the operation that wrote and the state before. It is stricter than times
// are: it knows the order.
func replay(h *history.History, r *resolver) []Violation {
	byID := map[int]*history.Operation{}
	for i := range h.Operations {
		byID[h.Operations[i].ID] = &h.Operations[i]
	}
	var violations []Violation
	states, deletions, writers := map[string]*history.State{}, map[string]int{}, map[string]int{}
	for _, w := range h.Writes {
		before := states[w.Secret]
		again := w.Operation == writers[w.Secret]
		states[w.Secret], writers[w.Secret] = w.State, w.Operation
		if w.State == nil {
			deletions[w.Secret]++
			continue
		}
		violated := func(format string, args ...any) {
			text := fmt.Sprintf("revision %d: ", w.Revision) + fmt.Sprintf(format, args...)
			violations = append(violations, Violation{w.Secret, text})
		}
		op := byID[w.Operation]
		switch {
		case op == nil:
			violated("no operation wrote %v", w.State)
		case op.Kind == history.RawTouch:
			if !w.State.Equal(before) {
				violated("operation %d changes a label: %v became %v", op.ID, before, w.State)
			}
		case !op.Kind.Reads() && op.Outcome != history.Refused: // those were found already
			if c := callOf(op, w); !written(before, c) && (c.target > 0 || !again || !sealedAgain(before, w.State)) {
				violated("operation %d (%s) cannot make of %v: %v", op.ID, op.Kind, before, w.State)
			}
		}
	}
	return append(violations, countDeletions(r, deletions)...)
}

func callOf(op *history.Operation, w history.Write) call {
	c := call{op: op, after: w.State}
	if op.Rotation != nil {
		c.target = op.Rotation.Targets[namespaceOf(w.Secret)]
	}
	return c
}

// countDeletions compares the deletions in etcd with the operations that delete.
func countDeletions(r *resolver, deletions map[string]int) []Violation {
	var violations []Violation
	for _, name := range slices.Sorted(maps.Keys(r.calls)) {
		least, most := 0, 0
		for _, c := range r.calls[name] {
			if c.op.Kind != history.RawDelete || c.op.Outcome == history.Refused {
				continue
			}
			most++
			if c.op.Outcome == history.OK {
				least++
			}
		}
		if n := deletions[name]; n < least || n > most {
			violations = append(violations, Violation{name,
				fmt.Sprintf("etcd has %d deletions, and %d to %d are of operations", n, least, most)})
		}
	}
	return violations
}
