package manifest

import (
	"strings"
	"testing"
)

// TestNothingIsPassedOver: what is, or may be, a Secret is read, or named as not read with its place.
func TestNothingIsPassedOver(t *testing.T) {
	value := b64(ciphertext(1, "a"))
	good := sealedManifest("good", "")
	for name, c := range map[string]struct{ text, want string }{
		"in braces": {"{apiVersion: v1, kind: Secret, metadata: {name: app}, data: {a: " + value +
			"}}\n", ""},
		"in braces, with a tail": {"{apiVersion: v1, kind: Secret, metadata: {name: app}, data: {a: " + value +
			",},}\n", ""},
		"quoted names": {"\"apiVersion\": 'v1'\n\"kind\": \"Secret\"\n'metadata': {\"name\": " +
			"app}\n\"data\": {a: " + value + "}\n", ""},
		"an anchor": {"apiVersion: &v v1\nkind: &k Secret\nmetadata: &m {name: app}\ndata: &d {a: &a " +
			value + "}\n", ""},
		"an escape": {"apiVersion: v1\n\"k\\x69nd\": \"\\x53ecret\"\nmetadata: {name: app}\ndata: {a: " +
			value + "}\n", ""},
		"plaintext": {"apiVersion: v1\nkind: Secret\nmetadata: {name: app}\ndata: {a: aG9yc2U=}\n", ""},
		"JSON": {`{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "app"}, "data": {"a": "` +
			value + `"}}`, ""},
		"cut off before kind":  {"apiVersion: v1\ndata:\n  a: " + value + "\n", "line 3: it does not say its kind"},
		"a chart":              {"apiVersion: v2\nname: chart\nversion: 0.1.0\n", "passed over"},
		"cut off in a value":   {"apiVersion: v1\ndata:\n  a: \"" + value[:20], "line 4: closing quote is missing"},
		"cut off in plaintext": {"apiVersion: v1\ndata:\n  a: \"aG9y", "line 4: closing quote is missing"},
		"no apiVersion": {"kind: Secret\nmetadata: {name: app}\nstringData: {a: b}\n",
			"does not say its apiVersion"},
		"a template": {"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  a: " +
			value + "\n", "it is a template of a Secret"},
		"a template of values": {"apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n{{- range .Values " +
			"}}\nstringData: {a: b}\n", "it is a template of a Secret"},
		"a name of a template": {"apiVersion: v1\nkind: Secret\nmetadata: {name: '{{ .Release.Name }}'}\ndata: {a: " +
			value + "}\n", "it is a template of a Secret"},
		"a template of a kind": {"apiVersion: v1\nkind: {{ .kind }}\nmetadata: {{ .m }}\ndata: {a: b}\n",
			"it is a template of a Secret"},
		"broken":           {"apiVersion: v1\nkind: Secret\nmetadata: {name: app\ndata: {a: b}\n", "line 5"},
		"another template": {"apiVersion: v1\nkind: Deployment\nmetadata: {name: {{ .n }}}\n", "passed over"},
		"another, broken":  {"apiVersion: v1\nkind: ConfigMap\ndata: {a: [}\n", "passed over"},
		"within a Template": {"apiVersion: template.openshift.io/v1\nkind: Template\nobjects:\n- {apiVersion: " +
			"v1, kind: Secret, metadata: {name: app}, data: {a: " + value + "}}\n", "within an object of another kind"},
		"a list of something": {"apiVersion: v1\nkind: List\nitems: {kind: Secret}\n", "items is not a list"},
		"content on the dashes": {"--- {apiVersion: v1, kind: Secret, metadata: {name: app}, data: {a: " + value +
			"}}\n", "line 3: content on the line of ---"},
	} {
		text := "# head\n---\n" + c.text
		if strings.HasPrefix(c.text, "---") {
			text = "# head\n\n" + c.text
		}
		if name == "JSON" {
			text = c.text
		} else {
			text += "\n---\n" + good
		}
		if strings.HasPrefix(name, "cut off in") {
			text = good + "\n---\n" + c.text // nothing follows
			c.want = "document 2: line 11"
		}
		read, err := ReadSealed([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		secrets, said := len(read.Secrets()), ""
		for _, unread := range read.Unread() {
			said += unread.Error()
		}
		if name == "JSON" {
			secrets++
		}
		switch {
		case c.want == "" && (secrets != 2 || said != ""):
			t.Errorf("%s: %d Secrets, %s", name, secrets, said)
		case c.want == "passed over" && (secrets != 1 || said != ""):
			t.Errorf("%s: %d Secrets, %s", name, secrets, said)
		case c.want != "" && c.want != "passed over" &&
			(secrets != 1 || len(read.Unread()) != 1 || !strings.Contains(said, c.want)):
			t.Errorf("%s: %d Secrets, %q, want %q", name, secrets, said, c.want)
		}
		if strings.Contains(said, value[:20]) || strings.Contains(said, "aG9y") {
			t.Errorf("%s: the error quotes a value: %s", name, said)
		}
	}
}

// TestObjectsOneAfterTheOther: JSON as jq -c prints it, each object where it stands.
func TestObjectsOneAfterTheOther(t *testing.T) {
	one := `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}, "data": {"a": "` +
		b64(ciphertext(1, "a")) + `"}}`
	text := one + "\n{\"kind\": \"Pod\"}\n" + strings.Replace(one, "one", "two", 1) + "\n"
	read, err := ReadSealed([]byte(text))
	if err != nil || len(read.Secrets()) != 2 || len(read.Unread()) > 0 {
		t.Fatalf("%d Secrets, %v, %v", len(read.Secrets()), read.Unread(), err)
	}
	after, err := read.Splice([]Change{{Secret: read.Secrets()[1], Set: map[string]string{"a": ciphertext(2, "b")}}})
	want := text[:len(text)-len(one)-1] + strings.NewReplacer("one", "two", b64(ciphertext(1, "a")),
		b64(ciphertext(2, "b"))).Replace(one) + "\n"
	if err != nil || string(after) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, after, want)
	}
}

// TestABadItemOfAList leaves the others of the list to be changed.
func TestABadItemOfAList(t *testing.T) {
	text := "apiVersion: v1\nkind: List\nitems:\n" +
		"- {apiVersion: v1, kind: Secret, metadata: {name: bad}, data: {a: '!'}}\n" +
		"- {apiVersion: v1, kind: Secret, metadata: {name: good}, data: {a: " + b64(ciphertext(1, "a")) + "}}\n"
	read, err := ReadSealed([]byte(text))
	if err != nil || len(read.Secrets()) != 1 || len(read.Unread()) != 1 ||
		read.Unread()[0].Error() != `line 4: secret bad entry "a": the value is not base64` {
		t.Fatalf("%v, %v", read.Unread(), err)
	}
	after, err := read.Splice([]Change{{Secret: read.Secrets()[0], Set: map[string]string{"a": ciphertext(2, "b")}}})
	if want := strings.Replace(text, b64(ciphertext(1, "a")), b64(ciphertext(2, "b")), 1); err != nil ||
		string(after) != want {
		t.Errorf("%v\n%s", err, after)
	}
}

// TestErrorsSayWhere: the Secret, the entry and the line of the text.
func TestErrorsSayWhere(t *testing.T) {
	folded := b64(ciphertext(1, "a"))
	for text, want := range map[string]string{
		"data:\n  b: YQ==\n  k: >\n    " + folded[:8] + "\n    " + folded[8:] +
			"\n": `document 2: line 7: secret app entry "k": the value is not base64: it has blanks, as`,
		"data:\n  k: 12\n":               `document 2: line 6: secret app entry "k": the value is not text`,
		"stringData: {a: b,\n  k: 12}\n": `document 2: line 6: secret app entry "k": the value is not text: put it in quotes`,
		"stringData: {k: yes}\n":         `document 2: line 5: secret app entry "k": kubectl takes the value for a truth value`,
		"stringData:\n  n: a\n":          `document 2: line 6: secret app entry "n": kubectl takes the name for a truth value`,
		"data: []\n":                     `document 2: line 5: secret app: data is not a mapping`,
	} {
		text = "a: b\n---\napiVersion: v1\nkind: Secret\n" + text + "metadata: {name: app}\n"
		_, err := ReadPlain([]byte(strings.Replace(text, "a: b\n",
			"# first\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: first}\n", 1))).Secrets()
		if err == nil || !strings.Contains(err.Error(), want[strings.Index(want, "secret app"):]) {
			t.Errorf("plain: %v, want %q", err, want)
		}
		read, err := ReadSealed([]byte(text))
		if err != nil || len(read.Unread()) != 1 || !strings.HasPrefix(read.Unread()[0].Error(), want) {
			t.Errorf("%v, %v, want %q\n%s", read.Unread(), err, want, text)
		}
	}
}
