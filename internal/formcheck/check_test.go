package formcheck

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

const (
	ciphertext = "vault:v3:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
	tooShort   = "vault:v3:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	plaintext  = "correct-horse"
)

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// manifestOf is a Secret with annotations of the format, a type and data.
func manifestOf(namespace, scope, kind, data string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Secret\ntype: %s\nmetadata:\n  name: app\n%s  labels: "+
		"{vaultseal.dev/sealed: \"true\"}\n  annotations:\n    vaultseal.dev/transit-key: transit/app\n%s%s",
		kind, namespace, scope, data)
}

// result says what was found in a text, a line for each thing.
func result(t *testing.T, text string, request Request) string {
	t.Helper()
	request.Paths = []string{manifest.Stdin}
	request.Content = func(string) ([]byte, error) { return []byte(text), nil }
	report, err := Check(request)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{plaintext, b64(plaintext), strings.TrimPrefix(ciphertext, "vault:v3:")} {
		if strings.Contains(string(shown), secret) {
			t.Errorf("the report has a value: %s", shown)
		}
	}
	var out []string
	for _, f := range report.Findings {
		out = append(out, strings.TrimSuffix(fmt.Sprintf("%d %s %s: %s", f.Line, f.Status, f.Entry, f.Reason), ": "))
	}
	for _, place := range report.LeftPlain {
		out = append(out, fmt.Sprintf("%d left plain", place.Line))
	}
	for _, place := range report.Templates {
		out = append(out, fmt.Sprintf("%d template %s", place.Line, place.Entry))
	}
	s := report.Summary
	return strings.Join(append(out, fmt.Sprintf("%d of %d sealed, %d entries", s.Sealed, s.Secrets, s.Entries)), "\n")
}

func TestCheck(t *testing.T) {
	const (
		namespace = "  namespace: a\n"
		strict    = "    vaultseal.dev/scope: strict\n"
		opaque    = "Opaque"
	)
	good := "data: {x: " + b64(ciphertext) + "}\n"
	for name, c := range map[string]struct {
		text    string
		request Request
		want    string
	}{
		"sealed":      {text: manifestOf(namespace, strict, opaque, good), want: "1 of 1 sealed, 1 entries"},
		"immutable":   {text: manifestOf(namespace, strict, opaque, good+"immutable: true\n"), want: "1 of 1 sealed, 1 entries"},
		"tls":         {text: manifestOf(namespace, strict, "kubernetes.io/tls", good), want: "1 of 1 sealed, 1 entries"},
		"stringData":  {text: manifestOf(namespace, strict, opaque, "stringData: {x: '"+ciphertext+"'}\n"), want: "1 of 1 sealed, 1 entries"},
		"no metadata": {text: "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n" + good, want: "1 of 1 sealed, 1 entries"},
		"plaintext": {
			text: manifestOf(namespace, strict, opaque, "data:\n  x: "+b64(plaintext)+"\nstringData:\n  v: "+plaintext+"\n  z: ''\n"),
			want: "12 unsealed x: it is not a ciphertext\n14 unsealed v: it is not a ciphertext\n" +
				"15 unsealed z: it is not a ciphertext\n0 of 1 sealed, 3 entries",
		},
		"plaintext that stringData overrides": {
			text: manifestOf(namespace, strict, opaque, "data: {x: "+b64(plaintext)+"}\nstringData: {x: '"+ciphertext+"'}\n"),
			want: "11 unsealed x: it is not a ciphertext\n0 of 1 sealed, 1 entries",
		},
		"too short": {
			text: manifestOf(namespace, strict, opaque, "stringData: {x: '"+tooShort+"'}\n"),
			want: "11 malformed x: transit ciphertext: too short\n0 of 1 sealed, 1 entries",
		},
		"bad base64": {
			text: manifestOf(namespace, strict, opaque, "stringData: {x: '"+ciphertext+"='}\n"),
			want: "11 malformed x: transit ciphertext: bad base64\n0 of 1 sealed, 1 entries",
		},
		"line end": {
			text: manifestOf(namespace, strict, opaque, "data: {x: "+b64(ciphertext+"\n")+"}\n"),
			want: "11 malformed x: transit ciphertext: line end in its base64\n0 of 1 sealed, 1 entries",
		},
		"version 0": {
			text: manifestOf(namespace, strict, opaque, "stringData: {x: '"+strings.Replace(ciphertext, "v3", "v0", 1)+"'}\n"),
			want: "11 malformed x: transit ciphertext: bad key version\n0 of 1 sealed, 1 entries",
		},
		"version of a typing error": {
			text: manifestOf(namespace, strict, opaque, "stringData: {x: '"+strings.Replace(ciphertext, "v3", "v3333333", 1)+"'}\n"),
			want: "11 malformed x: its key version is 3333333\n1 of 1 sealed, 1 entries",
		},
		"encoded twice": {
			text: manifestOf(namespace, strict, opaque, "stringData: {x: "+b64(ciphertext)+"}\n"),
			want: "11 malformed x: it is the base64 of a ciphertext: data takes the base64 of the ciphertext, and " +
				"stringData the ciphertext itself\n0 of 1 sealed, 1 entries",
		},
		"not encoded": {
			text: manifestOf(namespace, strict, opaque, "data: {x: '"+ciphertext+"'}\n"),
			want: "11 unreadable x: the value is not base64\n0 of 0 sealed, 0 entries",
		},
		"no entries": {
			text: manifestOf(namespace, strict, opaque, ""),
			want: "7 unsealed : it has no entries\n0 of 1 sealed, 0 entries",
		},
		"a patch of labels": {text: "apiVersion: v1\nkind: Secret\nmetadata: {name: app, labels: {a: b}}\n", want: "0 of 0 sealed, 0 entries"},
		"no namespace": {
			text: manifestOf("", strict, opaque, good),
			want: "4 incomplete : its scope is strict, and its manifest has no namespace\n1 of 1 sealed, 1 entries",
		},
		"a given namespace": {text: manifestOf("", strict, opaque, good), request: Request{Namespace: "a"}, want: "1 of 1 sealed, 1 entries"},
		"another namespace": {text: manifestOf(namespace, strict, opaque, "data: {x: YQ==}\n"), request: Request{Namespace: "b"}, want: "0 of 0 sealed, 0 entries"},
		"cluster-wide without a namespace": {
			text: manifestOf("", "    vaultseal.dev/scope: cluster-wide\n", opaque, good),
			want: "1 of 1 sealed, 1 entries",
		},
		"a generated name": {
			text: strings.Replace(manifestOf(namespace, strict, opaque, good), "name: app", "generateName: app-", 1),
			want: "5 incomplete : its scope is strict, and its manifest has no name: the API server generates one\n" +
				"1 of 1 sealed, 1 entries",
		},
		"a generated name of a wider scope": {
			text: strings.Replace(manifestOf(namespace, "", opaque, good), "name: app", "generateName: app-", 1),
			want: "1 of 1 sealed, 1 entries",
		},
		"unknown scope": {
			text: manifestOf(namespace, "    vaultseal.dev/scope: strictly\n", opaque, good),
			want: "10 malformed : annotation vaultseal.dev/scope: scope \"strictly\": want strict, namespace-wide or " +
				"cluster-wide\n1 of 1 sealed, 1 entries",
		},
		"bad transit key": {
			text: strings.Replace(manifestOf(namespace, strict, opaque, good), "transit/app", "transit/../app", 1),
			want: "9 malformed : annotation vaultseal.dev/transit-key: transit key \"transit/../app\": mount segment " +
				"\"..\": letters, digits, _, - and . are allowed, - and . not at its ends\n1 of 1 sealed, 1 entries",
		},
		"weak scope": {
			text:    manifestOf(namespace, "    vaultseal.dev/scope: namespace-wide\n", opaque, good),
			request: Request{LeastScope: sealed.Strict},
			want:    "10 weak-scope : its scope is namespace-wide, weaker than strict\n1 of 1 sealed, 1 entries",
		},
		"scope enough": {text: manifestOf(namespace, strict, opaque, good), request: Request{LeastScope: sealed.NamespaceWide, RequireBound: true}, want: "1 of 1 sealed, 1 entries"},
		"unbound": {
			text:    manifestOf(namespace, "", opaque, good),
			request: Request{RequireBound: true},
			want:    "8 unbound : it has no annotation vaultseal.dev/scope\n1 of 1 sealed, 1 entries",
		},
		"unbound by default": {text: manifestOf(namespace, "", opaque, good), want: "1 of 1 sealed, 1 entries"},
		"plaintext in an annotation": {
			text: manifestOf(namespace, strict+"    kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"x\":\""+
				b64(plaintext)+"\"}}'\n", opaque, good),
			want: "11 plaintext x: annotation kubectl.kubernetes.io/last-applied-configuration holds it in clear\n" +
				"1 of 1 sealed, 1 entries",
		},
		"ciphertext in an annotation": {
			text: manifestOf(namespace, strict+"    kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"x\":\""+
				b64(ciphertext)+"\"}}'\n", opaque, good),
			want: "1 of 1 sealed, 1 entries",
		},
		"a type that stays plain": {
			text: "apiVersion: v1\nkind: Secret\nmetadata: {name: pull}\ntype: kubernetes.io/dockerconfigjson\n" +
				"data: {.dockerconfigjson: " + b64(plaintext) + "}\n",
			want: "1 left plain\n0 of 1 sealed, 1 entries",
		},
		"a type that stays plain, sealed": {
			text: manifestOf(namespace, strict, "kubernetes.io/dockerconfigjson", "data: {.dockerconfigjson: "+b64(ciphertext)+"}\n"),
			want: "11 malformed .dockerconfigjson: it is sealed, but kubelet reads values of type " +
				"kubernetes.io/dockerconfigjson, which must stay plaintext\n1 of 1 sealed, 1 entries",
		},
		"a template": {
			text: "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .a }}\ndata:\n  x: {{ .b }}\n  w: " + b64(ciphertext) + "\n  z: " +
				b64(plaintext) + "\n",
			want: "8 unsealed z: it is not a ciphertext\n6 template x\n0 of 1 sealed, 3 entries",
		},
		"a template of the scope": {
			text:    manifestOf(namespace, "    vaultseal.dev/scope: {{ .scope }}\n", opaque, good),
			request: Request{LeastScope: sealed.ClusterWide},
			want:    "10 weak-scope : a template makes its scope\n1 of 1 sealed, 1 entries",
		},
		"a template that has the value": {
			text: "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  v: {{ \"" + plaintext + "\" | b64enc | quote }}\n" +
				"  w: {{- b64enc `" + plaintext + "` -}}\n  x: '{{ \"" + plaintext + "\" }}'\n  z: {{ \"a\" | include .b }}\n",
			want: "5 unsealed v: it is not a ciphertext\n6 unsealed w: it is not a ciphertext\n" +
				"7 unsealed x: it is not a ciphertext\n8 template z\n0 of 1 sealed, 4 entries",
		},
		"a template of the version": {
			text: "apiVersion: {{ .v }}\nkind: Secret\nmetadata: {name: {{ .n }}}\nstringData: {x: " + plaintext + "}\n",
			want: "4 unsealed x: it is not a ciphertext\n0 of 1 sealed, 1 entries",
		},
		"a template of a kind in a list": {
			text: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: {{ .k }}\n  stringData: {x: " + plaintext + "}\n",
			want: "1 unreadable : it is a template of a Secret, which cannot be read as it is\n0 of 0 sealed, 0 entries",
		},
		"a template of a part of a kind": {
			text: "apiVersion: v1\nkind: Sec{{ .k }}\nmetadata: {name: s}\nstringData: {x: " + plaintext + "}\n",
			want: "1 unreadable : it is a template of a Secret, which cannot be read as it is\n0 of 0 sealed, 0 entries",
		},
		"a quoted template of a kind": {
			text: "apiVersion: v1\nkind: '{{ .k }}'\nmetadata: {name: s}\nstringData: {x: " + plaintext + "}\n",
			want: "1 unreadable : it is a template of a Secret, which cannot be read as it is\n0 of 0 sealed, 0 entries",
		},
		"a quoted template of the version": {
			text: "apiVersion: '{{ .v }}'\nkind: Secret\nmetadata: {name: s}\nstringData: {x: " + plaintext + "}\n",
			want: "4 unsealed x: it is not a ciphertext\n0 of 1 sealed, 1 entries",
		},
		"a quoted template of another kind": {
			text: "apiVersion: v1\nkind: '{{ .k }}'\nmetadata: {name: s}\nspec: {a: {{ .b }}}\n",
			want: "0 of 0 sealed, 0 entries",
		},
		"a template of another kind": {
			text: "apiVersion: {{ .v }}\nkind: Deployment\nmetadata: {name: {{ .n }}}\nspec: {ref: {kind: {{ .k }}}}\n",
			want: "0 of 0 sealed, 0 entries",
		},
		"a field that is written wrong": {
			text: manifestOf(namespace, strict, opaque, good+"stringdata: {x: "+plaintext+"}\n"),
			want: "12 malformed : it has a field that a Secret does not have: its value is not checked\n1 of 1 sealed, 1 entries",
		},
		"the only field is written wrong": {
			text: "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nDATA: {x: " + plaintext + "}\n",
			want: "4 malformed : it has a field that a Secret does not have: its value is not checked\n0 of 0 sealed, 0 entries",
		},
		"a value in the metadata": {
			text: manifestOf(namespace+"  stringData: {x: "+plaintext+"}\n", strict, opaque, good),
			want: "4 malformed : it has a field that a Secret does not have: its value is not checked\n1 of 1 sealed, 1 entries",
		},
		"a patch that deletes": {
			text: "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n$patch: delete\n",
			want: "0 of 0 sealed, 0 entries",
		},
		"too few": {
			text:    manifestOf(namespace, strict, opaque, good),
			request: Request{Expect: 2},
			want:    "0 missing : 1 sealed Secrets seen, 2 expected\n1 of 1 sealed, 1 entries",
		},
		"one document cannot be read": {
			text: "kind: Secret\ndata: {\n---\n" + manifestOf(namespace, strict, opaque, "data: {x: YQ==}\n"),
			want: "2 unreadable : want a value\n14 unsealed x: it is not a ciphertext\n0 of 1 sealed, 1 entries",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := result(t, c.text, c.request); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestBadFiles: a file that cannot be read does not hide the others, and no file changes.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	texts := map[string]string{
		"bad.yaml":   "apiVersion: v1\nkind: Secret\nmetadata: {name: x\n",
		"bytes.yaml": "kind: Secret\x00",
		"plain.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: b}\n",
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	report, err := Check(Request{Paths: []string{dir, filepath.Join(dir, "absent")}})
	if err == nil || !strings.HasSuffix(err.Error(), "absent: no such file or directory") {
		t.Error(err)
	}
	var got []string
	for _, f := range report.Findings {
		got = append(got, fmt.Sprintf("%s:%d %s", filepath.Base(f.File), f.Line, f.Status))
	}
	if want := "bad.yaml:3 unreadable, bytes.yaml:0 unreadable, plain.yaml:4 unsealed"; strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
	}
	if report.Summary.Files != 3 {
		t.Errorf("%d files", report.Summary.Files)
	}
	for name, text := range texts {
		if after, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(after) != text {
			t.Errorf("%s: %q, %v", name, after, err)
		}
	}
}
