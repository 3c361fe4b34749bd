package manifest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func ciphertext(version int, of string) string {
	body := make([]byte, 40)
	copy(body, of)
	return fmt.Sprintf("vault:v%d:%s", version, base64.StdEncoding.EncodeToString(body))
}

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// manifests with OLD in the place of the value of entry a, sealed with version 1.
func manifests() map[string]string {
	wrapped := func(indent, end string) string {
		text, lines := b64(ciphertext(1, "a")), ""
		for len(text) > 20 {
			lines, text = lines+indent+text[:20]+end, text[20:]
		}
		return lines + indent + text + end
	}
	head := "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app # the name\n"
	return map[string]string{
		"plain": head + "data:\n  # why\n  a: OLD # what\n\n  b: " + b64(ciphertext(1, "b")) +
			"\ntype: Opaque\n",
		"no end of line": head + "data:\n  a: OLD",
		"double quotes":  head + "data: \n    \"a\":   \"OLD\"   # what\n",
		"single quotes":  head + "data:\n  'a': 'OLD'\n",
		"CRLF":           strings.ReplaceAll(head+"  annotations: {é: ü}\ndata:\n  a: OLD\n", "\n", "\r\n"),
		"block":          head + "data:\n  a: |\n    OLD\n  c: |-\n    " + b64(ciphertext(1, "c")) + "\n",
		"folded":         head + "data:\n  a: >-\n      OLD\n",
		"wrapped":        head + "data:\n  a: |\n" + wrapped("    ", "\n") + "\n# end\n",
		"wrapped CRLF":   strings.ReplaceAll(head+"data:\n  a: |2\n"+wrapped("    ", "\n")+"type: x\n", "\n", "\r\n"),
		"anchor":         head + "data:\n  a: &x OLD\nmetadatb: {q: 'ü', r: *x}\n",
		"tag":            head + "data:\n  a: !!str OLD\n",
		"flow":           head + "data: {a: OLD, b: '" + b64(ciphertext(1, "b")) + "'}\n",
		"JSON":           `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "app"}, "data": {"a": "OLD"}}`,
		"JSON, tabs": "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Secret\",\n\t\"metadata\": {\"name\": " +
			"\"app\", \"annotations\": {\"x\": \"\\ud83d\\ude00\\/\"}},\n\t\"data\": {\n\t\t\"a\": " +
			"\"OLD\",\n\t\t\"b\": \"" + b64(ciphertext(1, "b")) + "\"\n\t}\n}\n",
		"documents": "# first\n---\nkind: {{ template }}\n--- # second\n" + head +
			"data:\n  a: OLD\n---\n\n---\nkind: ConfigMap\n",
		"list": "apiVersion: v1\nkind: List\nitems:\n- kind: ConfigMap\n  apiVersion: v1\n- apiVersion: " +
			"v1\n  kind: Secret\n  metadata: {name: app}\n  data:\n    a: OLD\n",
		"both fields":   head + "data:\n  a: YQ==\nstringData:\n  a: TEXT\n",
		"key is number": head + "data:\n  1: OLD\n  a: OLD\n",
	}
}

// TestSpliceReplaces: but for the value, each byte stays as it was.
func TestSpliceReplaces(t *testing.T) {
	for name, text := range manifests() {
		t.Run(name, func(t *testing.T) {
			with := func(version int) string {
				c := ciphertext(version, "a")
				return strings.NewReplacer("OLD", b64(c), "TEXT", c).Replace(text)
			}
			before := with(1)
			read, err := ReadSealed([]byte(before))
			if err != nil || len(read.Secrets()) != 1 || string(read.Secrets()[0].Data["a"]) != ciphertext(1, "a") {
				t.Fatalf("%d Secrets, %v\n%s", len(read.Secrets()), err, before)
			}
			after, err := read.Splice([]Change{{Secret: read.Secrets()[0],
				Set: map[string]string{"a": ciphertext(10, "a")}}})
			if err != nil {
				t.Fatalf("%v\n%s", err, before)
			}
			again, err := ReadSealed(after)
			if err != nil || string(again.Secrets()[0].Data["a"]) != ciphertext(10, "a") {
				t.Errorf("read again: %v\n%s", err, after)
			}
			if strings.HasPrefix(name, "wrapped") {
				longest := 0
				for line := range strings.Lines(string(after)) {
					longest = max(longest, len(strings.TrimSpace(line)))
				}
				if longest > 24 || strings.Count(string(after), "\r\n") != strings.Count(before, "\r\n") {
					t.Errorf("laid out otherwise:\n%s", after)
				}
				return
			}
			want := with(10)
			if name == "key is number" {
				want = strings.Replace(want, b64(ciphertext(10, "a")), b64(ciphertext(1, "a")), 1)
			}
			if string(after) != want {
				t.Errorf("got\n%s\nwant\n%s", after, want)
			}
		})
	}
}

// TestSpliceAddsAndDrops: an entry that is added and dropped again leaves the text as it was.
func TestSpliceAddsAndDrops(t *testing.T) {
	for name, text := range manifests() {
		t.Run(name, func(t *testing.T) {
			before := strings.NewReplacer("OLD", b64(ciphertext(1, "a")), "TEXT", ciphertext(1, "a")).Replace(text)
			read, err := ReadSealed([]byte(before))
			if err != nil {
				t.Fatal(err)
			}
			added, err := read.Splice([]Change{{Secret: read.Secrets()[0],
				Set: map[string]string{"new": ciphertext(2, "n"), "on": ciphertext(2, "o")}}})
			if err != nil {
				t.Fatalf("%v\n%s", err, before)
			}
			again, err := ReadSealed(added)
			if err != nil || string(again.Secrets()[0].Data["new"]) != ciphertext(2, "n") ||
				string(again.Secrets()[0].Data["on"]) != ciphertext(2, "o") {
				t.Fatalf("read again: %v\n%s", err, added)
			}
			after, err := again.Splice([]Change{{Secret: again.Secrets()[0], Drop: []string{"new", "on"}}})
			if err != nil || strings.TrimRight(string(after), "\n") != strings.TrimRight(before, "\n") {
				t.Errorf("%v\ngot\n%s\nwant\n%s", err, after, before)
			}
		})
	}
}

func TestSpliceDrops(t *testing.T) {
	a, b := b64(ciphertext(1, "a")), b64(ciphertext(1, "b"))
	head := "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n"
	for before, want := range map[string]string{
		head + "data:\n  a: " + a + " # one\n  # two\n  b: " + b + "\n": head + "data:\n  # two\n  b: " + b + "\n",
		head + "data: {a: " + a + ", b: " + b + "}\n":                   head + "data: {b: " + b + "}\n",
		head + "data: {b: " + b + ", a: " + a + "}\n":                   head + "data: {b: " + b + "}\n",
		head + "data:\n  b: " + b + "\nstringData:\n  a: x\n  c: d\n": head + "data:\n  b: " + b +
			"\nstringData:\n  c: d\n",
	} {
		read, err := ReadSealed([]byte(before))
		if err != nil {
			t.Fatal(err)
		}
		after, err := read.Splice([]Change{{Secret: read.Secrets()[0], Drop: []string{"a"}}})
		if err != nil || string(after) != want {
			t.Errorf("%v\ngot\n%s\nwant\n%s", err, after, want)
		}
	}
}

// TestSpliceRefuses: what cannot be changed in place is said, and not tried.
func TestSpliceRefuses(t *testing.T) {
	a := b64(ciphertext(1, "a"))
	head := "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n"
	for _, text := range []string{
		"x: &x " + a + "\n" + head + "data: {a: *x}\n",
		"x: &x {a: " + a + "}\n" + head + "data:\n  <<: *x\n",
		head + "data: &d {a: " + a + "}\nother: *d\n",
		"x: &x " + a + "\n" + head + "data: {a: " + a + "}\nz: *x\n",
	} {
		read, err := ReadSealed([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(read.Secrets()) != 1 {
			t.Fatalf("%d Secrets in\n%s", len(read.Secrets()), text)
		}
		after, err := read.Splice([]Change{{Secret: read.Secrets()[0],
			Set: map[string]string{"a": ciphertext(2, "a")}}})
		again, readErr := ReadSealed(after)
		switch {
		case err == nil && (readErr != nil || string(again.Secrets()[0].Data["a"]) != ciphertext(2, "a")):
			t.Errorf("%v\n%s\nbecame\n%s", readErr, text, after)
		case err != nil && strings.Contains(err.Error(), a):
			t.Errorf("%v", err)
		}
	}
}

// TestSpliceNeverChangesASecondPlace: what YAML has in several places is refused, or changed where it was meant.
func TestSpliceNeverChangesASecondPlace(t *testing.T) {
	a := b64(ciphertext(1, "a"))
	for name, text := range map[string]string{
		"alias": "apiVersion: v1\nkind: Secret\nmetadata: {name: b}\ndata: {a: &x " + a + ", b: *x}\n",
		"merged item": "apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: v1, kind: Secret, metadata: {name: a}, " +
			"data: {a: " + a + "}}\n- {<<: *a, metadata: {name: b}, data: {a: " + a +
			"}}\n- {apiVersion: v1, kind: Secret, metadata: {name: c}, data: {a: " + a + "}}\n",
		"alias item": "apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: v1, kind: Secret, metadata: {name: b}, " +
			"data: {a: " + a + "}}\n- *a\n- {apiVersion: v1, kind: Secret, metadata: {name: c}, data: {a: " +
			a + "}}\n",
	} {
		read, err := ReadSealed([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for n, secret := range read.Secrets() {
			after, err := read.Splice([]Change{{Secret: secret, Set: map[string]string{"a": ciphertext(2, "a")}}})
			if err != nil {
				continue
			}
			again, err := ReadSealed(after)
			if err != nil {
				t.Fatal(err)
			}
			for m, other := range again.Secrets() {
				for entry, value := range other.Data {
					if (string(value) == ciphertext(2, "a")) != (m == n && entry == "a") {
						t.Errorf("%s: %d %s of\n%s", name, m, entry, after)
					}
				}
			}
		}
	}
}

// TestSpliceLeavesOtherKindsAlone: a ConfigMap that has an alias of a Secret's value would change with it.
func TestSpliceLeavesOtherKindsAlone(t *testing.T) {
	a := b64(ciphertext(1, "a"))
	secret := "- {apiVersion: v1, kind: Secret, metadata: {name: a}, data: "
	other := "- {apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: "
	for name, text := range map[string]string{
		"mapping": secret + "&d {a: " + a + "}}\n" + other + "*d}\n",
		"merged":  secret + "&d {a: " + a + "}}\n" + other + "{<<: *d}}\n",
		"value":   secret + "{a: &x " + a + "}}\n" + other + "{c: *x}}\n",
	} {
		read, err := ReadSealed([]byte("apiVersion: v1\nkind: List\nitems:\n" + text))
		if err != nil {
			t.Fatal(err)
		}
		change := Change{Secret: read.Secrets()[0], Set: map[string]string{"a": ciphertext(2, "a")}}
		if after, err := read.Splice([]Change{change}); !errors.Is(err, ErrSplice) {
			t.Errorf("%s: %v, became\n%s", name, err, after)
		}
	}
	text := "apiVersion: v1\nkind: List\nitems:\n" + secret + "{a: " + a + "}}\n" + other + "{c: text}}\n"
	read, err := ReadSealed([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read.Splice([]Change{{Secret: read.Secrets()[0],
		Set: map[string]string{"a": ciphertext(2, "a")}}}); err != nil {
		t.Errorf("without an alias: %v", err)
	}
}

// TestSpliceLeavesOtherValuesAlone: a line behind a block that keeps its end would cut into what the block says.
func TestSpliceLeavesOtherValuesAlone(t *testing.T) {
	text := "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\ndata:\n  a: |+\n    " + b64(ciphertext(1, "a")) +
		"\n\ntype: Opaque\n"
	read, err := ReadSealed([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if after, err := read.Splice([]Change{{Secret: read.Secrets()[0],
		Set: map[string]string{"b": ciphertext(1, "b")}}}); err == nil {
		t.Errorf("became\n%s", after)
	}
}

// TestSpliceRenames: the only entry can be given another name, in every style.
func TestSpliceRenames(t *testing.T) {
	for name, text := range manifests() {
		if name == "key is number" || name == "both fields" {
			continue
		}
		read, err := ReadSealed([]byte(strings.ReplaceAll(text, "OLD", b64(ciphertext(1, "a")))))
		if err != nil {
			t.Fatal(err)
		}
		after, err := read.Splice([]Change{{Secret: read.Secrets()[0], Set: map[string]string{"z": ciphertext(2, "a")},
			Drop: []string{"a"}}})
		if err != nil && name != "anchor" {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		again, err := ReadSealed(after)
		if err != nil || again.Secrets()[0].Data["a"] != nil ||
			string(again.Secrets()[0].Data["z"]) != ciphertext(2, "a") {
			t.Errorf("%s: %v\n%s", name, err, after)
		}
	}
}

func TestReadSealed(t *testing.T) {
	for text, want := range map[string]string{
		"kind: {{ .Values }}\n": "",
		"vault:v1: {{\n":        "template",
		"vault:v1: [\n":         "line 1",
		"apiVersion: v1\nkind: Secret\nmetadata: {labels: {vaultseal.dev/sealed: 'true'}}\n":                          "no name",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: {vaultseal.dev/sealed: 'true'}}\ndata: {a: '!'}\n": "base64",
		"---\na: b\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a, name: b}\ndata: {a: dmF1bHQ6d}\n":          "document 2: line 6",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: ../a}\ndata: {a: " + b64(ciphertext(1, "a")) +
			"}": "its name is not valid",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {../a: " + b64(ciphertext(1, "a")) +
			"}": "the name of an entry",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b/c}\ndata: {a: " + b64(ciphertext(1, "a")) +
			"}": "its namespace",
		"apiVersion: other/v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: " + b64(ciphertext(1, "a")) + "}": "",
	} {
		read, err := ReadSealed([]byte(text))
		if err == nil && len(read.Unread()) == 1 {
			err = read.Unread()[0]
		}
		switch {
		case want == "" && (err != nil || len(read.Secrets()) != 0):
			t.Errorf("%s\n%v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s\n%v, want %q", text, err, want)
		}
	}
}

// FuzzSplice: what can be read and spliced says what it should, and nothing else has changed.
func FuzzSplice(f *testing.F) {
	for _, text := range manifests() {
		f.Add(strings.NewReplacer("OLD", b64(ciphertext(1, "a")), "TEXT", ciphertext(1, "a")).Replace(text))
	}
	for _, raw := range encodedManifests() {
		f.Add(string(raw))
	}
	f.Add(sealedManifest("a", "") + "---\n" + byteOrderMark + sealedManifest("b", ""))
	f.Fuzz(func(t *testing.T, text string) {
		read, err := ReadSealed([]byte(text))
		if err != nil {
			return
		}
		for _, secret := range read.Secrets() {
			for name := range secret.Data {
				after, err := read.Splice([]Change{{Secret: secret, Set: map[string]string{name: ciphertext(12, "z")}}})
				if err != nil {
					continue
				}
				again, err := ReadSealed(after)
				if err != nil || len(again.Secrets()) < len(read.Secrets()) {
					t.Fatalf("%v\n%q\nbecame\n%q", err, text, after)
				}
			}
		}
	})
}
