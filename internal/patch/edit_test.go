package patch

import (
	"encoding/json"
	"testing"
)

func TestEditJSON(t *testing.T) {
	for _, text := range []string{
		`{"op":"set","at":"a.b[c]","value":{"z":1,"a":[null,1.50]}}`,
		`{"op":"set","at":"a","value":null}`,
		`{"op":"remove","at":"a[-]","undo":{}}`,
		`{"op":"remove","at":"a[0]","undo":{"prune":2,"empty":{"value":null},"source":{"form":"tail","text":" x\n"}}}`,
		`{"op":"insert","at":"a[0]","value":"x","undo":{"source":{"form":"lines","text":"x\n","column":2,"after":"k","lines":1}}}`,
	} {
		var e Edit
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Errorf("%v: %s", err, text)
		}
		if again, err := json.Marshal(e); err != nil || string(again) != text {
			t.Errorf("%v\n%s\nwant\n%s", err, again, text)
		}
	}
	for _, text := range []string{
		`{}`, `{"op":"move","at":"a"}`, `{"op":"set","at":"a"}`, `{"op":"insert","at":"a"}`, `{"op":"set","at":".","value":1}`, `[]`,
		`{"op":"remove","at":"a.b","undo":{"empty":{"value":{"c":1}}}}`, `{"op":"remove","at":"a.b","undo":{"empty":{"value":"c"}}}`,
	} {
		var e Edit
		if err := json.Unmarshal([]byte(text), &e); err == nil {
			t.Errorf("no error: %s", text)
		}
	}
}

// TestUndoAfterOthers undoes a change of which others have removed or changed a part since.
func TestUndoAfterOthers(t *testing.T) {
	const before = "c:\n- name: app # c\n  env:\n  - {name: A, from: {s: 1}}\nv:\n- name: tls\n  secret: {s: 1} # s\n"
	d, err := Parse([]byte(before))
	if err != nil {
		t.Fatal(err)
	}
	after, inverse, err := d.Apply(editsOf(t, `set c[app].env[A].from {"f":1}
		remove v[tls].secret
		set v[tls].emptyDir {}
		insert v[-] {"name":"new"}
		insert i[0] {"name":"init"}
		set m.a ""`))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ edits, want string }{
		"nothing":        {"", before},
		"an item":        {"remove c[app]", "c: []\nv:\n- name: tls\n  secret: {s: 1} # s\n"},
		"a key":          {"remove v", "c:\n- name: app # c\n  env:\n  - {name: A, from: {s: 1}}\n"},
		"what was added": {"remove v[new]\nremove i\nremove m", before},
		"added beside":   {"insert i[-] {\"name\":\"other\"}\nset m.b 1", before + "i:\n- name: other\nm:\n  b: 1\n"},
		"another order":  {"insert c[0] {\"name\":\"first\"}", "c:\n- name: first\n" + before[3:]},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Parse(after)
			if err != nil {
				t.Fatal(err)
			}
			changed, _, err := d.Apply(editsOf(t, c.edits))
			if err != nil {
				t.Fatal(err)
			}
			if d, err = Parse(changed); err != nil {
				t.Fatal(err)
			}
			if got, _, err := d.Apply(inverse); err != nil || string(got) != c.want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, c.want)
			}
		})
	}
}
