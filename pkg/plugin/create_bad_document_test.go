package plugin

import (
	"encoding/base64"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"
)

// planted stands in files for what no output may hold.
const planted = "s3kr1tMarker"

// checkNotLeaked looks for the planted text in plain and encoded.
func checkNotLeaked(t *testing.T, got ran) {
	t.Helper()
	output := got.out + got.err
	forms := []string{planted, planted[1 : len(planted)-1], hex.EncodeToString([]byte(planted))}
	for shift := range 3 { // base64 depends on where the text starts
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + planted))
		forms = append(forms, encoded[4:len(encoded)-2])
	}
	for _, form := range forms {
		if strings.Contains(strings.ToLower(output), strings.ToLower(form)) {
			t.Errorf("the output holds %q of the file:\n%s", form, output)
		}
	}
}

type badDocument struct {
	name, file, content string
	want                string // in the error
}

func badDocuments() []badDocument {
	secretJSON := `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"stringData":{"a":"` + planted + `"}}`
	secretYAML := "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  a: " + planted + "\n"
	return []badDocument{
		{"broken JSON", "a.json", `{"a":"` + planted + `"`, "a.json: line 1"},
		{"unquoted JSON", "a.json", `{"a":` + planted + `}`, "line 1"},
		{"marker as a key", "a.json", `{` + planted + `:1}`, "line 1"},
		{"text behind JSON", "a.json", `{} ` + planted, "line 1"},
		{"control character in JSON", "a.json", "{\"a\":\"" + planted + "\n\"}", "line 1"},
		{"duplicate key in JSON", "a.json", `{"` + planted + `":1,"` + planted + `":2}`, "duplicate key"},
		{"nested duplicate key", "a.json", `{"x":{"a":"` + planted + `","a":1}}`, "duplicate key"},
		{"list in JSON", "a.json", `["` + planted + `"]`, "mapping"},
		{"string in JSON", "a.json", `"` + planted + `"`, "mapping"},
		{"null in JSON", "a.json", `null`, "mapping"},
		{"not UTF-8", "a.json", `{"a":"` + planted + "\xff\"}", "UTF-8"},
		{"UTF-16", "a.json", "\xff\xfe{\x00}\x00", "UTF-8"},
		{"empty JSON", "a.json", "", "empty"},
		{"white space", "a.json", " \n\t", "empty"},
		{"broken YAML", "a.yaml", "a: [" + planted, "line"},
		{"tab in YAML", "a.yaml", "a:\n\tb: " + planted + "\n", "line"},
		{"duplicate key in YAML", "a.yaml", "a: " + planted + "\na: 1\n", "duplicate key"},
		{"list in YAML", "a.yml", "- " + planted + "\n", "mapping"},
		{"text in YAML", "a.yml", planted + "\n", "mapping"},
		{"unknown alias in YAML", "a.yaml", "a: *" + planted + "\n", ""},
		{"unknown tag in YAML", "a.yaml", "a: !!" + planted + " x\n", ""},
		{"bad binary in YAML", "a.yaml", "a: !!binary " + planted + "!\n", ""},
		{"not UTF-8 in YAML", "a.yaml", "a: " + planted + "\xff\n", "UTF-8"},
		{"two documents in YAML", "a.yaml", "a: 1\n---\nb: " + planted + "\n", ""},
		{"comments only in YAML", "a.yaml", "# " + planted + "\n", ""},
		{"broken dotenv", ".env", planted + "\n", "line 1"},
		{"bad name in dotenv", ".env", "a b=" + planted + "\n", "line 1"},
		{"open quote in dotenv", ".env", "A=\"" + planted + "\n", "line"},
		{"duplicate name in dotenv", ".env", "A=" + planted + "\nA=2\n", "duplicate key"},
		{"not UTF-8 in dotenv", ".env", "A=" + planted + "\xff\n", "UTF-8"},
		{"unknown extension", "tls.crt", planted, ".json"},
		{"no extension", "secrets", planted, ".json"},
		{"over 1 MiB", "a.json", `{"a":"` + planted + strings.Repeat("x", 1<<20) + `"}`, "larger than"},
		{"a Secret in JSON", "a.json", secretJSON, "manifest of a Secret"},
		{"a Secret in YAML", "a.yaml", secretYAML, "manifest of a Secret"},
		{"a sealed Secret in YAML", "a.yaml", "kind: Secret\napiVersion: v1\nmetadata: {name: x}\ndata:\n  a: " +
			planted + "\n", "manifest of a Secret"},
	}
}

func checkRefusedDocument(t *testing.T, got ran, want string) {
	t.Helper()
	if got.code != exitFailed || got.out != "" {
		t.Errorf("exit code %d, stdout %q; want %d and nothing", got.code, got.out, exitFailed)
	}
	if lines := got.errorLines(); len(lines) != 1 || !strings.HasPrefix(got.err, "error: ") ||
		!strings.Contains(lines[0], want) {
		t.Errorf("stderr %q: want one error line with %q", got.err, want)
	}
	for line := range strings.Lines(got.err) {
		if !strings.HasPrefix(line, "error: ") && !strings.HasPrefix(line, "hint: ") {
			t.Errorf("stderr has the line %q", line)
		}
	}
	checkNotLeaked(t, got)
}

func TestBadDocumentToCreate(t *testing.T) {
	for _, bad := range badDocuments() {
		t.Run(bad.name, func(t *testing.T) {
			path := writeFile(t, bad.file, bad.content)
			checkRefusedDocument(t, run(t, "create", "a", "-f", path), bad.want)
		})
	}
}

func TestBadDocumentOnStdin(t *testing.T) {
	for _, bad := range badDocuments() {
		t.Run(bad.name, func(t *testing.T) {
			got := runWith(t, t.Context(), bad.content, "create", "a", "-f", bad.file+"=-")
			checkRefusedDocument(t, got, strings.TrimPrefix(bad.want, "a.json: "))
		})
	}
}

func TestBadDocumentToVerifyAgainst(t *testing.T) {
	for _, bad := range badDocuments() {
		t.Run(bad.name, func(t *testing.T) {
			path := writeFile(t, bad.file, bad.content)
			checkRefusedDocument(t, run(t, "verify", "a", "--against", path), bad.want)
		})
	}
}

func TestBadDocumentBesideAGoodOne(t *testing.T) {
	good, bad := writeFile(t, "good.json", `{"a":"`+planted+`"}`), writeFile(t, "bad.json", "{")
	checkRefusedDocument(t, run(t, "create", "a", "-f", good, "-f", bad), "bad.json: line 1")
}

func TestMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent.json")
	checkRefusedDocument(t, run(t, "create", "-f", path), "absent.json")
}

func TestDirectoryAsFile(t *testing.T) {
	checkRefusedDocument(t, run(t, "create", "a", "-f", "a.json="+t.TempDir()), "directory")
}

// TestErrorNamesItsObjectOnce: wrap once, with identity.
func TestErrorNamesItsObjectOnce(t *testing.T) {
	directory := filepath.Join(t.TempDir())
	for name, c := range map[string]struct{ arg, object string }{
		"unknown extension": {writeFile(t, "tls.crt", "x"), `entry "tls.crt"`},
		"directory":         {"a.json=" + directory, directory},
	} {
		t.Run(name, func(t *testing.T) {
			if got := run(t, "create", "a", "-f", c.arg); strings.Count(got.err, c.object) != 1 {
				t.Errorf("stderr %q: want %s once", got.err, c.object)
			}
		})
	}
}

// TestGoodDocumentGoesOn: the file at the limit and the odd ones are not
// refused as documents; what ends the command is the missing cluster.
func TestGoodDocumentIsRead(t *testing.T) {
	for name, c := range map[string]struct{ entry, content string }{
		"JSON":                     {"a.json", `{"a":1}`},
		"no members":               {"a.json", `{}`},
		"dotenv of comments":       {".env", "# nothing\n"},
		"a ConfigMap":              {"a.yaml", "apiVersion: v1\nkind: ConfigMap\n"},
		"a kind of its own":        {"a.yaml", "kind: Secret\n"},
		"at the limit":             {"a.json", `{"a":"` + strings.Repeat("x", 1<<20-8) + `"}`},
		"YAML with a document end": {"a.yml", "---\na: 1\n...\n"},
	} {
		t.Run(name, func(t *testing.T) {
			file := documentFile{entry: c.entry, path: writeFile(t, c.entry, c.content)}
			if got, err := file.read(t.Context(), strings.NewReader("")); err != nil || string(got) != c.content {
				t.Errorf("read = %d bytes, %v; want the file's bytes", len(got), err)
			}
		})
	}
}

// TestDocumentInPlaceOfItsPath: the system's own errors name the path, which a document is too long for.
func TestDocumentInPlaceOfItsPath(t *testing.T) {
	document := `{"password": "` + strings.Repeat(planted, 100) + `"}`
	for _, args := range [][]string{{"create", "app", "-f", "a.json=" + document},
		{"create", "app", "--from-file=a=" + document}, {"create", "app", "-f", "a.json=\x00" + document}} {
		got := run(t, args...)
		if got.code != exitFailed || !strings.Contains(got.err, "a path that looks like a document") {
			t.Errorf("code %d", got.code)
		}
		checkNotLeaked(t, got)
	}
}
