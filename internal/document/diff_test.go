package document

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// told writes differences as lines of a report.
func told(differences []Difference) []string {
	var lines []string
	for _, d := range differences {
		lines = append(lines, fmt.Sprintf("%s %s", d.Path, d.Kind))
	}
	return lines
}

func TestDiff(t *testing.T) {
	cases := []struct {
		name, from, to string
		want           []string
	}{
		{"same", `{"a":1,"b":[{"c":null}]}`, `{ "b":[{"c":null}], "a":1 }`, nil},
		{"members", `{"database":{"password":"x","user":"u"},"old":{"a":1}}`,
			`{"database":{"password":"y","user":"u"},"new":[]}`,
			[]string{"database.password changed", "new added", "old removed"}},
		{"arrays", `{"servers":[{"host":"a"},1,2]}`, `{"servers":[{"host":"b"}]}`,
			[]string{"servers.0.host changed", "servers.1 removed", "servers.2 removed"}},
		{"order of indexes", `[[1,1,1,1,1,1,1,1,1,1,1]]`, `[[1,1,2,1,1,1,1,1,1,1,2,3]]`,
			[]string{"0.2 changed", "0.10 changed", "0.11 added"}},
		{"escaped", `{}`, `{"a.b":1,"a[0]":1,"":1,"\"\"":1,"a-b":1,"é":1,"\"":1,"a\\":1,"x y":1,"1":1}`,
			[]string{
				`"" added`, `" added`, `\"" added`, "1 added", "a-b added", `a\.b added`, "a[0] added", `a\\ added`,
				"x y added",
				"é added",
			}},
		{"escaped within", `{"tls":{"ca.crt":{"x":1}}}`, `{"tls":{"ca.crt":{"x":2}}}`,
			[]string{`tls.ca\.crt.x changed`}},
		{"types", `{"a":1,"b":null,"c":{},"d":"true"}`, `{"a":"1","b":false,"c":[],"d":true}`,
			[]string{"a changed", "b changed", "c changed", "d changed"}},
		{"null and absent", `{"a":null}`, `{}`, []string{"a removed"}},
		{"top level", `1`, `2`, []string{" changed"}},
		{"top level types", `[]`, `{}`, []string{" changed"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Diff([]byte(c.from), []byte(c.to))
			if err != nil || !slices.Equal(told(got), c.want) {
				t.Errorf("Diff = %q, %v\nwant %q", told(got), err, c.want)
			}
		})
	}
}

func TestDifferenceAsJSON(t *testing.T) {
	text, err := json.Marshal([]Difference{{Path{"tls", "ca.crt", "0"}, Removed}, {nil, Changed}})
	want := `[{"path":"tls.ca\\.crt.0","kind":"removed"},{"path":"","kind":"changed"}]`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
}

func TestDiffRefuses(t *testing.T) {
	if _, err := Diff([]byte("{"), []byte("{}")); err == nil ||
		err.Error() != "first document: line 1 column 2: unexpected end of the document" {
		t.Errorf("first: %v", err)
	}
	if _, err := Diff([]byte("{}"), []byte(`{"a":1,"a":1}`)); err == nil ||
		err.Error() != "second document: line 1 column 8: duplicate key" {
		t.Errorf("second: %v", err)
	}
}

func TestDiffNumbers(t *testing.T) {
	zeros := strings.Repeat("0", 1000)
	same := [][]string{
		{"1", "1.0", "1e0", "10e-1", "0.1E+1", "1." + zeros, "1e000"},
		{"100", "1e2", "1E+2", "100.00", "0.001e5", "1" + zeros + "e-998"},
		{"0", "-0", "0.0", "-0.0e5", "0e999999999", "0e-99999999999999999999"},
		{"-1.5", "-15e-1", "-0.15e1"},
		{"1e999999999", "10e999999998", "0.1e1000000000"},
		{"1e99999999999999999999", "10e99999999999999999998"},
		{"1e-999999999"}, {"-1"}, {"1e999999998"}, {"0.1"}, {"0.10000000000000000001"}, {"12345678901234567890"},
		{"12345678901234567891"},
	}
	for i, group := range same {
		for _, a := range group {
			for j, other := range same {
				for _, b := range other {
					differences, err := Diff([]byte(a), []byte(b))
					if err != nil || (len(differences) == 0) != (i == j) {
						t.Errorf("Diff(%.30s, %.30s) = %v, %v", a, b, differences, err)
					}
				}
			}
		}
	}
	digits := strings.Repeat("7", 1<<16)
	if differences, err := Diff([]byte("1e"+digits), []byte("10e"+digits)); err != nil || len(differences) != 1 {
		t.Errorf("long exponents: %v, %v", differences, err)
	}
}

// FuzzDiff: both directions find the same places, equal texts have none, no value is shown, and Unset takes each path
// as it is printed.
func FuzzDiff(f *testing.F) {
	f.Add(`{"a": 1, "b": [1, {"c": 2}]}`, `{"a": 1.0, "b": [{"c": 2}]}`)
	f.Add(`{"\"\"": {"a\\": 1, "\\.": 2}}`, `{"\"\"": {"": [{}], "a\\": 2}}`)
	f.Add(`{"": {".": 1e400}}`, `{"": {".": 10e399, "\u0000": null}}`)
	f.Fuzz(func(t *testing.T, from, to string) {
		there, err := Diff([]byte(from), []byte(to))
		back, errBack := Diff([]byte(to), []byte(from))
		if (err == nil) != (errBack == nil) {
			t.Fatalf("%v, and back: %v", err, errBack)
		}
		if err != nil {
			if strings.Contains(from+to, marker) && strings.Contains(err.Error(), marker) {
				t.Errorf("the error shows the document: %v", err)
			}
			return
		}
		opposite := map[DifferenceKind]DifferenceKind{Added: Removed, Removed: Added, Changed: Changed}
		for n := range back {
			back[n].Kind = opposite[back[n].Kind]
		}
		if !slices.Equal(told(there), told(back)) || from == to && len(there) > 0 {
			t.Errorf("there %q, and back %q", told(there), told(back))
		}
		for _, d := range there[:min(len(there), 10)] {
			checkPathOf(t, d, map[DifferenceKind]string{Added: to, Removed: from, Changed: from}[d.Kind])
		}
	})
}

// checkPathOf looks a difference up in a document that has its member.
func checkPathOf(t *testing.T, d Difference, in string) {
	t.Helper()
	if len(d.Path) == 0 || Check(JSON, []byte(in)) != nil { // the whole, or not an object
		return
	}
	path, err := ParsePath(d.Path.String())
	if err != nil || !slices.Equal(path, d.Path) {
		t.Fatalf("%q prints as %s and reads as %q, %v", d.Path, d.Path, path, err)
	}
	if _, err := Unset(JSON, []byte(in), path); err != nil {
		t.Errorf("%s leads nowhere in %s: %v", path, in, err)
	}
}
