package model

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// story is a history, and what is wrong with it; empty: nothing.
type story struct {
	tell  func(t *teller)
	wrong string
}

const (
	order  = "not linearizable"
	cannot = "cannot make"
)

func TestHistories(t *testing.T) {
	for _, stories := range []map[string]story{createStories(), setStories(), editStories(), rotationStories(),
		readStories(), unknownStories(), rawStories()} {
		for name, s := range stories {
			t.Run(name, func(t *testing.T) {
				var told teller
				s.tell(&told)
				texts := make([]string, 0, 4)
				for _, v := range Check(&told.h).Violations {
					texts = append(texts, v.String())
				}
				found := strings.Join(texts, "\n")
				if s.wrong == "" && found != "" || !strings.Contains(found, s.wrong) {
					t.Errorf("want %q, found:\n%s", s.wrong, found)
				}
			})
		}
	}
}

// TestPartitions: what happens to one Secret says nothing of another, and a rotation is an operation of each.
func TestPartitions(t *testing.T) {
	var told teller
	told.create()
	told.op(rotation(history.Rotate, 2)).Secrets = []string{theSecret, "ns/other"}
	told.stored(&told.h.Operations[1], state("a=1a v2", "b=1b v2"))
	result := Check(&told.h)
	if len(result.Violations) > 0 || result.Secrets != 2 || result.Calls != 3 {
		t.Errorf("%d calls at %d Secrets: %v", result.Calls, result.Secrets, result.Violations)
	}
}

func TestDraw(t *testing.T) {
	var told teller
	told.create()
	told.view("a", "other", "b", "1b")
	file := filepath.Join(t.TempDir(), "one.jsonl")
	paths, err := Check(&told.h).Draw(file)
	if err != nil || len(paths) != 1 {
		t.Fatalf("%v, %v", paths, err)
	}
	page, err := os.ReadFile(paths[0])
	if err != nil || !strings.Contains(string(page), "raw-get") && !strings.Contains(string(page), "view") {
		t.Errorf("the page does not show the operations: %v", err)
	}
}

// TestStepKeepsItsState: the search takes steps back.
func TestStepKeepsItsState(t *testing.T) {
	before := state("a=1a v1", "b=1b v1")
	kept := maps.Clone(before.Entries)
	op := &history.Operation{Kind: history.Unset, Entry: "a", Outcome: history.OK}
	if possible, _ := step(before, call{op: op, after: state("b=1b v1")}); !possible {
		t.Error("the step is not possible")
	}
	if !maps.Equal(kept, before.Entries) {
		t.Error("the step has changed the state before it")
	}
}
