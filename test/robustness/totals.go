package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// totals are the numbers of all rounds in which nothing was wrong, also of earlier runs with the same directory.
type totals struct {
	Rounds      int            `json:"rounds"`
	Commands    int            `json:"commands"` // of the plugin
	Raw         int            `json:"raw"`      // operations of other clients
	Writes      int            `json:"writes"`   // in etcd
	Killed      int            `json:"killed"`
	UnderFaults int            `json:"underFaults"` // commands that were killed, or something was broken during them
	Outcomes    map[string]int `json:"outcomes"`    // of commands
	Kinds       map[string]int `json:"kinds"`
	Faults      map[string]int `json:"faults"`
	Lost        int            `json:"lost"` // commands that lost a request or an answer
	LostVault   int            `json:"lostVault"`
	Retirements int            `json:"retirements"` // rises of a key's oldest version
	Happened    int            `json:"happened"`    // commands whose outcome was not known, and that had written
}

func totalsFile(dir string) string { return filepath.Join(dir, "totals.json") }

func loadTotals(dir string) (*totals, error) {
	t := &totals{Outcomes: map[string]int{}, Kinds: map[string]int{}, Faults: map[string]int{}}
	text, err := os.ReadFile(totalsFile(dir))
	if errors.Is(err, os.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(text, t)
	}
	return t, err
}

func (t *totals) save(dir string) error {
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(totalsFile(dir), append(text, '\n'), 0o600)
}

// reached reports whether enough was done; without a number, only the time counts.
func (t *totals) reached(o options) bool {
	return o.kills+o.operations > 0 && t.Killed >= o.kills && t.UnderFaults >= o.operations
}

// add adds a round.
func (t *totals) add(h *history.History, episodes []episode, lostByVault int) {
	t.Rounds++
	t.Writes += len(h.Writes)
	t.LostVault += lostByVault
	wrote := map[int]bool{}
	for _, w := range h.Writes {
		wrote[w.Operation] = true
	}
	for _, op := range h.Operations {
		if op.Kind.Raw() {
			t.Raw++
			continue
		}
		t.command(op, wrote[op.ID])
	}
	for _, e := range episodes {
		t.Faults[e.name]++
	}
}

func (t *totals) command(op history.Operation, wrote bool) {
	t.Commands++
	t.Kinds[string(op.Kind)]++
	outcome := string(op.Outcome)
	if op.Reason != "" && op.Outcome == history.Refused {
		outcome += ": " + string(op.Reason)
	}
	t.Outcomes[outcome]++
	if op.Killed {
		t.Killed++
	}
	if op.Killed || len(op.Faults) > 0 {
		t.UnderFaults++
	}
	if slices.Contains(op.Faults, lostOne) {
		t.Lost++
	}
	if op.Outcome == history.Unknown && wrote {
		t.Happened++
	}
}

func (t *totals) print() {
	fmt.Printf("%d rounds: %d commands, %d of them under faults, %d killed; %d operations of other clients; "+
		"%d writes, all explained; %d retirements\n", t.Rounds, t.Commands, t.UnderFaults, t.Killed, t.Raw, t.Writes,
		t.Retirements)
	fmt.Printf("%d commands lost a request or an answer of the API server, and %d requests of Vault were lost; of %d "+
		"commands with unknown outcome, %d had written\n", t.Lost, t.LostVault, t.Outcomes[string(history.Unknown)],
		t.Happened)
	for _, one := range []struct {
		what    string
		numbers map[string]int
	}{{"commands", t.Kinds}, {"outcomes", t.Outcomes}, {"faults", t.Faults}} {
		fmt.Print(one.what, ":")
		for _, name := range slices.Sorted(maps.Keys(one.numbers)) {
			fmt.Printf(" %s %d,", name, one.numbers[name])
		}
		fmt.Println()
	}
}
