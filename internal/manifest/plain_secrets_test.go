package manifest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

const planted = "s3kr1tMarker"

func TestReadPlain(t *testing.T) {
	text := `# comment
---
apiVersion: v1
kind: Secret
metadata:
  name: one
  namespace: team-a
  labels: {app: web}
  creationTimestamp: null
type: kubernetes.io/basic-auth
data:
  username: YWRtaW4=
  password: b2xk
stringData:
  password: new
---
# nothing
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: two}, data: {a: AAE=}}
- {apiVersion: v1, kind: Secret, metadata: {name: three}}
`
	secrets, err := ReadPlain([]byte(text)).Secrets()
	if err != nil || len(secrets) != 3 {
		t.Fatalf("%d Secrets, %v", len(secrets), err)
	}
	one := secrets[0]
	if one.Namespace != "team-a" || one.Labels["app"] != "web" || one.Type != "kubernetes.io/basic-auth" ||
		one.StringData != nil {
		t.Errorf("%+v", one)
	}
	if string(one.Data["username"]) != "admin" || string(one.Data["password"]) != "new" ||
		string(secrets[1].Data["a"]) != "\x00\x01" {
		t.Errorf("data %q, %q", one.Data, secrets[1].Data)
	}
	isManifest := func(text string) bool { return ReadPlain([]byte(text)).IsManifest }
	if !isManifest(text) || isManifest(`{"kind": "Secret"}`) || isManifest("a: b") {
		t.Error("what is a manifest is not seen")
	}
}

// TestPlainIsParsedOnce: a document is parsed once to tell what it is, to read its Secrets and to check it.
func TestPlainIsParsedOnce(t *testing.T) {
	const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: b}\n"
	for text, c := range map[string]struct {
		format   document.Format
		manifest bool
		parsed   int
	}{
		`{"a": {"b": 1}}`:  {document.JSON, false, 1},
		"a: {b: 1}\n":      {document.YAML, false, 1},
		"---\na: {b: 1}\n": {document.YAML, false, 1},
		secret:             {"", true, 1},
		"# two\n---\n" + secret + "---\n" + secret:                                                    {"", true, 2},
		`{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "AAE="}}`:    {"", true, 1},
		"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n": {"", true, 1},
	} {
		parsed := 0
		plain := parser(func(format document.Format, text []byte) ([]byte, error) {
			parsed++
			return document.ToJSON(format, text)
		}).plain([]byte(text))
		var err error
		if c.format != "" {
			err = plain.CheckDocument(c.format)
		} else {
			_, err = plain.Secrets()
		}
		if err != nil || plain.IsManifest != c.manifest || parsed != c.parsed {
			t.Errorf("%s: parsed %d times, want %d; %v", text, parsed, c.parsed, err)
		}
	}
}

// TestBadManifests: the error says what is wrong and nothing of what was in it.
func TestBadManifests(t *testing.T) {
	for text, want := range map[string]string{
		"": "no Secret",
		"apiVersion: v1\nkind: ConfigMap\ndata: {a: " + planted +
			"}": "not a Secret",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: " + planted + "}\n---\nkind: " +
			planted: "document 2: it is not a Secret",
		"apiVersion: v1\nkind: Secret\nstringData: {a: " + planted +
			"}": "no name",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: " + planted +
			"!}": "base64",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: 12345678901}": "text",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n" + planted +
			": 1": "a field that a Secret does not have",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringdata: {a: " + planted +
			"}": "a field that a Secret does not have",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: " + planted +
			", a: x}": "duplicate key",
		`{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "` +
			planted + `"}}]}`: "item 1: it is not a Secret",
		`{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "` + planted: "line 1",
	} {
		_, err := ReadPlain([]byte(text)).Secrets()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), planted) ||
			strings.Contains(err.Error(), "12345678901") {
			t.Errorf("%s\n%v, want %q", text, err, want)
		}
	}
}

// FuzzReadPlain: nothing of a value is ever in an error. Names are: what is planted here could not be one.
func FuzzReadPlain(f *testing.F) {
	const value = "s3kr1t Marker!"
	for _, text := range []string{
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: " + value + "}\n---\n{}",
		`{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "AAE="}}`,
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  n: " + value + "\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: !!binary " + value + "\n  b: yes\n",
		"apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: " +
			value + "}}\n- *a\n",
		"{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {<<: {a: " + value + "}, a: x}}",
		byteOrderMark + "---\n" + byteOrderMark + "apiVersion: v1\ndata: {a: " + value + "}\n",
		string(inUTF16LE.encode([]byte("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: " + value +
			"}\n"))),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain := ReadPlain([]byte(text))
		for _, format := range []document.Format{document.JSON, document.YAML, document.Env} {
			if got, want := plain.CheckDocument(format),
				document.Check(format, []byte(text)); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("as %s: %v, want %v", format, got, want)
			}
		}
		secrets, err := plain.Secrets()
		if err != nil && strings.Contains(err.Error(), value) {
			t.Error("the error quotes the text")
		}
		for _, secret := range secrets {
			if err == nil && (secret.Name == "" || secret.StringData != nil) {
				t.Errorf("%+v", secret)
			}
		}
		read, err := ReadSealed([]byte(text))
		if err != nil {
			return
		}
		for _, unread := range read.Unread() {
			if strings.Contains(unread.Error(), value) {
				t.Error("the error quotes the text")
			}
		}
	})
}
