package model

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// Result is what a check has found.
type Result struct {
	Secrets, Calls int
	Violations     []Violation

	pictures map[string]porcupine.LinearizationInfo // of Secrets whose calls are not linearizable
}

// decideWithin is the time that the search may take for one Secret.
const decideWithin = time.Minute

// Check checks a history.
func Check(h *history.History) *Result {
	r := resolve(h)
	result := &Result{Violations: r.violations, pictures: map[string]porcupine.LinearizationInfo{}}
	for _, name := range slices.Sorted(maps.Keys(r.calls)) {
		calls := r.calls[name]
		result.Secrets++
		result.Calls += len(calls)
		result.linearizable(name, calls)
	}
	result.Violations = append(result.Violations, replay(h, r)...)
	return result
}

// linearizable checks the calls at one Secret.
func (r *Result) linearizable(name string, calls []call) {
	operations := operationsOf(calls)
	decided, info := porcupine.CheckOperationsVerbose(model(), operations, decideWithin)
	switch decided {
	case porcupine.Ok:
		return
	case porcupine.Unknown:
		r.Violations = append(r.Violations, Violation{name, fmt.Sprintf("not decided in %v", decideWithin)})
	case porcupine.Illegal:
		text := "its operations are not linearizable" + stuck(operations, info)
		r.Violations = append(r.Violations, Violation{name, text})
	}
	r.pictures[name] = info
}

// stuck says where the longest order that is possible ends.
func stuck(operations []porcupine.Operation, info porcupine.LinearizationInfo) string {
	var longest []porcupine.Operation
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	placed := map[int]bool{}
	var state *history.State
	for _, o := range longest {
		c := o.Input.(*call)
		placed[c.op.ID] = true
		_, state = step(state, *c)
	}
	var text strings.Builder
	fmt.Fprintf(&text, ": after %d of %d the state is %v, and no other is possible next", len(longest),
		len(operations), state)
	left := slices.DeleteFunc(slices.Clone(operations), func(o porcupine.Operation) bool {
		return placed[o.Input.(*call).op.ID]
	})
	slices.SortFunc(left, func(a, b porcupine.Operation) int { return int(a.Return - b.Return) })
	for _, o := range left[:min(3, len(left))] {
		text.WriteString("\n    " + describe(o.Input.(*call)))
	}
	return text.String()
}

func model() porcupine.Model {
	return porcupine.Model{
		Init:  func() any { return (*history.State)(nil) },
		Step:  func(state, input, _ any) (bool, any) { return step(state.(*history.State), *input.(*call)) },
		Equal: func(a, b any) bool { return a.(*history.State).Equal(b.(*history.State)) },

		DescribeOperation: func(input, _ any) string { return describe(input.(*call)) },
		DescribeState:     func(state any) string { return state.(*history.State).String() },
	}
}

// operationsOf gives each call a line of the picture on which nothing else happens at that time.
func operationsOf(calls []call) []porcupine.Operation {
	calls = slices.Clone(calls)
	slices.SortStableFunc(calls, func(a, b call) int { return int(a.op.Call - b.op.Call) })
	var busy []int64 // until when, by line
	operations := make([]porcupine.Operation, len(calls))
	for i := range calls {
		c := &calls[i]
		line := slices.IndexFunc(busy, func(until int64) bool { return until < c.op.Call })
		if line < 0 {
			line, busy = len(busy), append(busy, 0)
		}
		busy[line] = c.returns
		operations[i] = porcupine.Operation{ClientId: line, Input: c, Call: c.op.Call, Return: c.returns}
	}
	return operations
}

// describe is a call in one line.
func describe(c *call) string {
	op := c.op
	text := fmt.Sprintf("%d %s", op.ID, op.Kind)
	for _, one := range []string{op.Entry, op.Field, op.Scope} {
		if one != "" {
			text += " " + one
		}
	}
	for _, name := range slices.Sorted(maps.Keys(op.Values)) {
		text += " " + name + "=" + op.Values[name]
	}
	text += " → " + string(op.Outcome)
	switch {
	case op.Outcome == history.Refused:
		return text + " " + string(op.Reason)
	case c.settled:
		return fmt.Sprintf("%s, nothing older than v%d", text, c.target)
	case op.Verified != nil:
		return fmt.Sprintf("%s %+v", text, *op.Verified)
	}
	return fmt.Sprintf("%s %v", text, c.after)
}

// Draw writes a page for each Secret whose calls are not linearizable, beside the history, and returns their paths.
func (r *Result) Draw(historyFile string) ([]string, error) {
	var paths []string
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(r.pictures)) {
		base := strings.TrimSuffix(historyFile, filepath.Ext(historyFile))
		path := base + "-" + strings.ReplaceAll(name, "/", "-") + ".html"
		errs = append(errs, r.draw(name, path))
		paths = append(paths, path)
	}
	return paths, errors.Join(errs...)
}

func (r *Result) draw(name, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(porcupine.Visualize(model(), r.pictures[name], file), file.Close())
}
