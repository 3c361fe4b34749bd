package plugin

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzDocumentFile: of [ENTRY=]PATH, what is taken names an entry, and a document in its place is never quoted.
func FuzzDocumentFile(f *testing.F) {
	for _, arg := range []string{"a.json", "a.json=dir/b.json", `C:\dir\a.json`, "a.json=-", "-", "=a", "a=",
		planted + "{", `{"a": "` + planted + `="}`, `a={"` + planted + `"}`, planted + "\n=x", "{/" + planted + "$",
		"a: b\nurl: https://x/" + planted + " y"} {
		f.Add(arg)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		file, err := parseDocumentFile("-f", arg)
		if strings.ContainsAny(arg, "{\n") && strings.Contains(file.label(), planted) {
			t.Errorf("label %q", file.label())
		}
		if err == nil && file.entry != "" && checkEntryName(file.entry) != nil || err == nil && file.entry == "" &&
			file.path != stdin {
			t.Errorf("accepted %q", arg)
		}
		if entry, _, _ := strings.Cut(arg, "="); err != nil && strings.ContainsAny(entry, "{\n") &&
			strings.Contains(err.Error(), planted) {
			t.Errorf("the error quotes the document: %v", err)
		}
	})
}

// FuzzFromLiteral: what is taken is the value, byte for byte, and an error quotes nothing.
func FuzzFromLiteral(f *testing.F) {
	for _, arg := range []string{"a=" + planted, planted, "=" + planted, "a b=" + planted, "a=b=c", "a="} {
		f.Add(arg)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		given := entrySet{}
		err := (&fromFlags{literals: []string{arg}}).read(t.Context(), Process{}, given)
		if err != nil {
			if len(given) > 0 || strings.Contains(err.Error(), planted) {
				t.Errorf("%v, %q", err, given)
			}
			return
		}
		for entry, value := range given {
			if entry+"="+string(value) != arg {
				t.Errorf("%q is read as %q=%q", arg, entry, value)
			}
		}
	})
}

// FuzzJSONPath: whatever the template, an error quotes nothing of the document.
func FuzzJSONPath(f *testing.F) {
	document := []byte(`{"a": {"b": ["` + planted + `", 1, null]}, "` + planted + `": true}`)
	for _, template := range []string{"a.b", ".a.b[0]", "{.a.b[*]}", "{range .a.b[*]}{@}{end}", "{.a.b[5]}",
		"{.a.b[?(@ > 1)]}", "{.a.b[::0]}", "{..}", "{.x", "{.a.b.c}", "{.a.b[2][0]}", "{range .a.b[*]}{[0]}{end}",
		"{range .a.b[2]}{[0]}{end}", "{range .a.b[2:]}{[0]}{end}", strings.Repeat("{range .a.b[*]}", 12),
		strings.Repeat("{range ..}", 8) + strings.Repeat("{end}", 8), strings.Repeat("{.a.b[?(range)]}", 12)} {
		f.Add(template)
	}
	f.Fuzz(func(t *testing.T, template string) {
		var out bytes.Buffer
		if err := printJSONPath(&out, template, document); err != nil &&
			(out.Len() > 0 || !strings.Contains(template, planted) && strings.Contains(err.Error(), planted)) {
			t.Errorf("%v, %q", err, out.String())
		}
	})
}

// FuzzLogModules: no rule of --vmodule lets through the level at which bodies are printed.
func FuzzLogModules(f *testing.F) {
	for _, rules := range []string{"a=1", "a=10,b*=8", "a", "a=b", "=9", "a=1,,", "a=99999999999999999999"} {
		f.Add(rules)
	}
	f.Fuzz(func(t *testing.T, rules string) {
		recorded := &recordedFlag{}
		if err := (&cappedModules{recorded}).Set(rules); err != nil {
			return
		}
		for rule := range strings.SplitSeq(recorded.text, ",") {
			if _, level, _ := strings.Cut(rule, "="); len(level) != 1 && level[0] != '-' || level > "7" {
				t.Errorf("%q becomes %q", rules, recorded.text)
			}
		}
	})
}

type recordedFlag struct{ text string }

func (f *recordedFlag) String() string        { return f.text }
func (f *recordedFlag) Set(text string) error { f.text = text; return nil }

// FuzzSecretName: what is taken can be put into a path of the API server's.
func FuzzSecretName(f *testing.F) {
	for _, arg := range []string{"app", "secret/app", "secrets/a.b", "configmap/app", "secret/a/b", "..", "A", ""} {
		f.Add(arg)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		name, err := secretName(arg)
		var usage *usageError
		if err != nil && !errors.As(err, &usage) || err == nil &&
			(name == "" || !utf8.ValidString(name) || strings.ContainsAny(name, "/%?# \\") ||
				strings.Contains(name, "..")) {
			t.Errorf("%q is read as %q, %v", arg, name, err)
		}
	})
}
