package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// forms says what formOf reads of a text, a line for each thing.
func forms(text string) string {
	var out []string
	form := formOf(found{path: "f.yaml", text: []byte(text)})
	if form.Err != nil {
		out = append(out, "error "+form.Err.Error())
	}
	for _, s := range form.Secrets {
		out = append(out, fmt.Sprintf("%d secret %s%s", s.Line(), s.Secret.Name, s.Secret.GenerateName))
		for _, v := range s.Values {
			value := string(v.Value)
			if v.IsTemplate {
				value = "(template)"
			}
			out = append(out, fmt.Sprintf("%d %s=%s", v.Line, v.Entry, value))
		}
		for _, line := range s.Templates {
			out = append(out, fmt.Sprintf("%d (template)", line))
		}
	}
	for _, err := range form.Unread {
		out = append(out, "unread "+err.Error())
	}
	return strings.Join(out, "\n")
}

func TestForms(t *testing.T) {
	const head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
	for name, c := range map[string]struct{ text, want string }{
		"both fields": {head + "data: {a: YQ==}\nstringData:\n  a: b\n  c: d\n", "1 secret s\n4 a=a\n6 a=b\n7 c=d"},
		"documents":   {"# x\n---\n" + head + "---\n" + head + "data:\n  b: Yg==\n", "3 secret s\n7 secret s\n11 b=b"},
		"list": {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap}\n- apiVersion: v1\n" +
			"  kind: Secret\n  metadata: {name: s}\n  data:\n    b: Yg==\n", "5 secret s\n9 b=b"},
		"json": {`{"apiVersion": "v1", "kind": "Secret",` + "\n" + `"metadata": {"name": "s"},` + "\n" +
			`"data": {"b": "Yg=="}}`, "1 secret s\n3 b=b"},
		"crlf":          {strings.ReplaceAll(head+"data:\n  b: Yg==\n", "\n", "\r\n"), "1 secret s\n5 b=b"},
		"value as name": {head + "stringData: {a: b, b: c}\n", "1 secret s\n4 a=b\n4 b=c"},
		"generated name": {"apiVersion: v1\nkind: Secret\nmetadata:\n  generateName: g-\nstringData: {a: b}\n",
			"1 secret g-\n5 a=b"},
		"no name":    {"apiVersion: v1\nkind: Secret\nmetadata: {}\nstringData: {a: b}\n", "unread line 1: it has no name"},
		"not base64": {head + "data:\n  a: '***'\n", `unread line 5: secret s entry "a": the value is not base64`},
		"cut off":    {head + "data:\n  a: \"b", "unread line 5: closing quote is missing"},
		"conflict":   {head + "<<<<<<< ours\ndata: {a: b}\n", "unread line 4: git's merge conflict is not resolved"},
		"no text":    {"a\x00", "error " + errZero.Error()},
		"cut off before the kind": {"apiVersion: v1\ndata:\n  a: b\n",
			"unread line 1: it does not say its kind: the file may have been cut off"},
		"a chart":            {"apiVersion: v2\nname: chart\nversion: 0.1.0\n", ""},
		"cut off in a list":  {"apiVersion: v1\nitems:\n- {}\n", "unread line 1: it does not say its kind: the file may have been cut off"},
		"values of a chart":  {"password: vault:v1:abc\n", ""},
		"other kinds":        {"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec: {data: [{secretKey: a}]}\n", ""},
		"sealed secrets":     {"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec: {encryptedData: {a: b}}\n", ""},
		"broken other kind":  {"kind: ConfigMap\ndata: {\n", ""},
		"an escape":          {"apiVersion: v1\n\"kind\": \"\\x53ecret\"\nmetadata: {name: s}\nstringData: {a: b}\n", "1 secret s\n4 a=b"},
		"binary":             {"apiVersion: v1\nkind: !!binary U2VjcmV0\nmetadata: {name: s}\nstringData: {a: b}\n", "unread line 1: " + reasonKubectl},
		"a kustomize patch":  {"- op: replace\n  path: /data/a\n  value: b\n", ""},
		"a values file":      {"data:\n  - {{ x }}\n", ""},
		"empty":              {"", ""},
		"only comments":      {"# a\n---\n# b\n", ""},
		"quoted templates":   {head + "data: {a: \"{{ .x }}\"}\nstringData: {b: \"{{ .y }}\", c: \"d{{ .z }}\"}\n", "1 secret s\n4 a=(template)\n5 b=(template)\n5 c=d{{ .z }}"},
		"template of a kind": {"apiVersion: v1\nkind: {{ .kind }}\ndata: {a: b}\n", "unread line 1: " + ReasonTemplate},
	} {
		t.Run(name, func(t *testing.T) {
			if got := forms(c.text); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestFormsOfATemplate(t *testing.T) {
	const chart = `{{- /* a comment with }} in it */ -}}
{{- if and .Values.on
    .Values.more }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}-db
  labels:
    {{- include "labels" . | nindent 4 }}
  annotations: {note: {{ "a }} b" | quote }}}
data:
  sealed: dmF1bHQ6djE6
  made: {{ .Values.password | b64enc
    | quote }}
  {{- range .Values.list }}
  {{ .name }}: {{ .value | b64enc }}
  {{- end }}
  {{- toYaml .Values.rest | nindent 2 }}
  literal: Yg==
stringData:
  part: a{{ .Values.b }}
  either: {{ if .x }}a{{ else }}{{ .y }}{{ end }}
type: Opaque
{{- end }}
`
	want := `4 secret {{ .Release.Name }}-db
19 literal=b
13 made=(template)
16 {{ .name }}=(template)
12 sealed=vault:v1:
22 either=a{{ .y }}
21 part=a{{ .Values.b }}
18 (template)`
	if got := forms(chart); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestReadForms: each file is passed once, also one that cannot be read, and all paths that do not exist are named.
func TestReadForms(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml":  "kind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData: {x: z}\n",
		"b/b.yml": "kind: Secret\napiVersion: v1\nmetadata: {name: b}\nstringData: {x: z}\n",
		"c.json":  "\x00", ".git/d.yaml": "kind: Secret", "e.txt": "kind: Secret",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	err := ReadForms([]string{dir, filepath.Join(dir, "a.yaml"), "nowhere", "nothing"}, true, os.ReadFile,
		func(form FileForm) {
			name, _ := filepath.Rel(dir, form.Path)
			got = append(got, fmt.Sprint(filepath.ToSlash(name), len(form.Secrets), form.Err))
		})
	slices.Sort(got)
	want := []string{"a.yaml1 <nil>", "b/b.yml1 <nil>", "c.json0 " + errZero.Error()}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err == nil || err.Error() != "nowhere: no such file or directory; nothing: no such file or directory" {
		t.Error(err)
	}
}

// TestMaskOfManyPlaceholders: a text cannot have all beginnings of placeholders in it.
func TestMaskOfManyPlaceholders(t *testing.T) {
	var text strings.Builder
	for n := range 26 {
		text.WriteString("mask" + letters(n) + "\n")
	}
	if _, ok := maskTemplate([]byte(text.String() + "{{ x }}")); ok {
		t.Error("the text is masked with a placeholder that it has")
	}
}

// FuzzForms: documents that are skipped without a parser have no Secrets, and a masked template keeps its lines and its
// text.
func FuzzForms(f *testing.F) {
	for _, seed := range []string{
		"apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .a }}}\ndata: {a: {{ \"}}\" }}}\n",
		"kind: ConfigMap\ndata: {a: b}\n", "kind: \"\\x53ecret\"", "{{/* a */}}\n{{- if\n.a }}b{{ end }}", "{{ `a",
		"kind: !!binary U2VjcmV0\napiVersion: v1", "kind: !<tag:yaml.org,2002:b%69nary> U2VjcmV0\napiVersion: v1\n",
		"a: !x\n? kind\n: \"S\\\necret\"\napiVersion: v1\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, _, err := decode(text); err != nil || checkValues(text) != nil {
			return
		}
		if cannotBeSecret(text) {
			p, _ := parser(document.ToJSON).parse(text, false)
			if len(p.secrets) > 0 || p.kubectlSecrets() > 0 {
				t.Error("there is a Secret in it")
			}
		}
		m, ok := maskTemplate(text)
		if !ok {
			return
		}
		if before, after := strings.Count(string(text), "\n"), strings.Count(string(m.text), "\n"); before != after {
			t.Errorf("%d line ends, of %d", after, before)
		}
		if !isTemplate(text) && string(m.text) != string(text) {
			t.Error("a text without actions changes")
		}
		formsOf(text)
	})
}
