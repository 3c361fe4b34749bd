package history

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func TestSaveAndLoad(t *testing.T) {
	state := &State{UID: "u", Scope: "strict", Entries: map[string]Entry{"a": {Value: "<v1>", Version: 2}}}
	want := &History{
		Began: time.Unix(1, 0).UTC(), Seed: 7, Read: 30,
		Operations: []Operation{
			{ID: 1, Kind: Create, Secrets: []string{"ns/s"}, Values: map[string]string{"a": "<v1>"}, Call: 1, Return: 9,
				Outcome: OK, Result: state},
			{ID: 2, Kind: Rotate, Secrets: []string{"ns/s"}, Outcome: Unknown, Killed: true},
		},
		Writes: []Write{{Revision: 5, Secret: "ns/s", Operation: 1, State: state}, {Revision: 6, Secret: "ns/s"}},
	}
	path := filepath.Join(t.TempDir(), "kept", "one.jsonl")
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTokensAreNotSaved(t *testing.T) {
	for _, begin := range tokenBeginnings() {
		path := filepath.Join(t.TempDir(), "one.jsonl")
		h := &History{Operations: []Operation{{ID: 1, Said: "error: login with " + begin + "abc"}}}
		if err := h.Save(path); err == nil {
			t.Errorf("a history with %s is saved", begin)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("a file has %s", begin)
		}
	}
}

func TestLoadOfAnotherFile(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "not JSON": "no", "no head": `{"write":{"revision":1,"secret":"ns/s"}}`,
		"two heads": `{"history":{}}` + "\n" + `{"history":{}}`, "a line of nothing": `{"history":{}}` + "\n{}",
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestStateEqual(t *testing.T) {
	one := &State{UID: "u", Scope: "strict", Entries: map[string]Entry{"a": {Value: "x", Version: 1}}}
	other := one.Clone()
	other.Entries["a"] = Entry{Value: "x", Version: 2}
	var absent *State
	if !one.Equal(one.Clone()) || one.Equal(other) || one.Equal(absent) || absent.Equal(one) || !absent.Equal(nil) {
		t.Error("states are not compared by what they are")
	}
	if one.Entries["a"].Version != 1 {
		t.Error("a clone shares its entries")
	}
}
