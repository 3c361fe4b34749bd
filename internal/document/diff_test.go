package document

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	cases := []struct {
		name, from, to string
		want           []Difference
	}{
		{"same", `{"a":1,"b":[{"c":null}]}`, `{ "b":[{"c":null}], "a":1 }`, nil},
		{"members", `{"database":{"password":"x","user":"u"},"old":{"a":1}}`, `{"database":{"password":"y","user":"u"},"new":[]}`,
			[]Difference{{"database.password", Changed}, {"new", Added}, {"old", Removed}}},
		{"arrays", `{"servers":[{"host":"a"},1,2]}`, `{"servers":[{"host":"b"}]}`,
			[]Difference{{"servers[0].host", Changed}, {"servers[1]", Removed}, {"servers[2]", Removed}}},
		{"order of indexes", `[[1,1,1,1,1,1,1,1,1,1,1]]`, `[[1,1,2,1,1,1,1,1,1,1,2,3]]`,
			[]Difference{{"[0][2]", Changed}, {"[0][10]", Changed}, {"[0][11]", Added}}},
		{"quoted", `{}`, `{"a.b":1,"a[0]":1,"":1,"a-b":1,"é":1,"\"":1,"\u001b":1,"x y":1,"1":1}`,
			[]Difference{{`[""]`, Added}, {`["\x1b"]`, Added}, {`["\""]`, Added}, {`1`, Added}, {`a-b`, Added}, {`["a.b"]`, Added}, {`["a[0]"]`, Added}, {`["x y"]`, Added}, {`["é"]`, Added}}},
		{"quoted within", `{"tls":{"ca.crt":{"x":1}}}`, `{"tls":{"ca.crt":{"x":2}}}`, []Difference{{`tls["ca.crt"].x`, Changed}}},
		{"types", `{"a":1,"b":null,"c":{},"d":"true"}`, `{"a":"1","b":false,"c":[],"d":true}`,
			[]Difference{{"a", Changed}, {"b", Changed}, {"c", Changed}, {"d", Changed}}},
		{"null and absent", `{"a":null}`, `{}`, []Difference{{"a", Removed}}},
		{"top level", `1`, `2`, []Difference{{"", Changed}}},
		{"top level types", `[]`, `{}`, []Difference{{"", Changed}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Diff([]byte(c.from), []byte(c.to))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("Diff = %v, %v\nwant %v", got, err, c.want)
			}
		})
	}
	if text := fmt.Sprintf("%s %v %s", Added, Removed, Changed); text != "added removed changed" {
		t.Errorf("kinds print as %s", text)
	}
}

func TestDiffRefuses(t *testing.T) {
	if _, err := Diff([]byte("{"), []byte("{}")); err == nil || err.Error() != "first document: line 1 column 2: unexpected end of the document" {
		t.Errorf("first: %v", err)
	}
	if _, err := Diff([]byte("{}"), []byte(`{"a":1,"a":1}`)); err == nil || err.Error() != "second document: line 1 column 8: duplicate key" {
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
		{"1e-999999999"}, {"-1"}, {"1e999999998"}, {"0.1"}, {"0.10000000000000000001"}, {"12345678901234567890"}, {"12345678901234567891"},
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

// FuzzDiff: both directions find the same places, what has equal text has none, and no value is shown.
func FuzzDiff(f *testing.F) {
	f.Add(`{"a": 1, "b": [1, {"c": 2}]}`, `{"a": 1.0, "b": [{"c": 2}]}`)
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
		if !slices.Equal(there, back) || from == to && len(there) > 0 {
			t.Errorf("there %v, and back %v", there, back)
		}
	})
}
