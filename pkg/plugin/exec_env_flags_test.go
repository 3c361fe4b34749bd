package plugin

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/delivery"
)

func TestParseNamedEnv(t *testing.T) {
	for text, want := range map[string]string{
		"A=db/password": "A db/password ", "a.b-c d#=db/tls.crt": "a.b-c d# db/tls.crt ",
		`A=app/app.yaml#api.tok\.en`: `A app/app.yaml api.tok\.en`, "A=app/.env#A=B#C": "A app/.env A=B#C",
	} {
		got, err := parseNamedEnv(text)
		if said := got.name + " " + got.entry.String() + " " + got.path.String(); err != nil || said != want {
			t.Errorf("%q: %q, %v", text, said, err)
		}
	}
	for _, wrong := range []string{"", "A", "A=", "=db/x", "A=db", "A=DB/x", "A=db/x y", "A=db/x#y", "A=db/x.json#",
		"A=db/x.json#a..b", "A\x00=db/x"} {
		if got, err := parseNamedEnv(wrong); err == nil {
			t.Errorf("%q: %+v", wrong, got)
		}
	}
}

func TestParseEnvFrom(t *testing.T) {
	for text, want := range map[string]envFrom{"db": {"", "db"}, "DB_=secret/db": {"DB_", "db"}} {
		if got, err := parseEnvFrom(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, wrong := range []string{"", "=db", "DB_=", "DB", "A=B=db", "\n=db", "db/x"} {
		if got, err := parseEnvFrom(wrong); err == nil {
			t.Errorf("%q: %+v", wrong, got)
		}
	}
}

// FuzzNamedEnv: the name ends at the first "=", and a path is read as it was written.
func FuzzNamedEnv(f *testing.F) {
	f.Add("A", "a.b")
	f.Add("A#b", `a\.b=c#`)
	f.Fuzz(func(t *testing.T, name, path string) {
		_, _ = parseNamedEnv(name)
		_, _ = parseEnvFrom(name)
		got, err := parseNamedEnv(name + "=db/x.json#" + path)
		if err != nil || name == "" || strings.Contains(name, "=") {
			return
		}
		again, err := parseNamedEnv(got.name + "=" + got.entry.String() + "#" + got.path.String())
		if err != nil || got.name != name || got.entry != (delivery.Entry{Secret: "db", Name: "x.json"}) ||
			!slices.Equal(again.path, got.path) {
			t.Errorf("%q %q: %+v, then %+v, %v", name, path, got, again, err)
		}
	})
}

func TestSourcesOfVariables(t *testing.T) {
	o := &execOptions{names: []string{"app"}, envFrom: []envFrom{{"", "all"}}}
	for _, text := range []string{"A=db/a", "B=db/b", "C=db/a", "D=app/x", "E=all/x"} {
		one, err := parseNamedEnv(text)
		if err != nil {
			t.Fatal(err)
		}
		o.env = append(o.env, one)
	}
	names, entries := o.sources()
	if !slices.Equal(names, []string{"app", "all", "db"}) || entries["app"] != nil || entries["all"] != nil ||
		!slices.Equal(entries["db"], []string{"a", "b"}) {
		t.Errorf("%q, %q", names, entries)
	}
}

// TestEnvironmentPrecedence: --env, then --env-dir, then the others, then what is inherited.
func TestEnvironmentPrecedence(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"DIR": "dir", "BOTH": "dir", "user": "dir", "LD_PRELOAD": "dir\n",
		"tls.crt": "", "..data": "kubelet's"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	o := &execOptions{names: []string{"app"}, envDirs: []string{dir}, upper: true, prefix: "p_",
		envFrom: []envFrom{{"f_", "one"}, {"f_", "two"}}, only: []string{"a_x", "b"}}
	for _, text := range []string{"BOTH=db/x", "PATH=db/doc.json#n.0", "BOTH=db/y"} {
		one, err := parseNamedEnv(text)
		if err != nil {
			t.Fatal(err)
		}
		o.env = append(o.env, one)
	}
	opened := map[string]map[string][]byte{
		"app": texts("c.json", `{"a": {"x": 1}, "b": 2, "c": 3}`),
		"one": texts("tls.key", "one", "x", "one"), "two": texts("x", "two"),
		"db": texts("x", "env-x", "y", "env-y", "doc.json", `{"n": ["bin"]}`),
	}
	got, err := o.environment(opened, []string{"PATH=/bin", "user=before", "kept=1", "p_B=before"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"kept": "1", "p_A_X": "1", "p_B": "2", "f_TLS.KEY": "one", "f_X": "two", "DIR": "dir",
		"user": "dir", "LD_PRELOAD": "dir\n", "tls.crt": "", "BOTH": "env-y", "PATH": "bin"}
	found := map[string]string{}
	for _, variable := range got {
		name, value, _ := strings.Cut(variable, "=")
		if _, twice := found[name]; twice {
			t.Errorf("%s occurs twice", name)
		}
		found[name] = value
	}
	if !maps.Equal(found, want) {
		t.Errorf("got  %q\nwant %q", found, want)
	}
}

func TestEnvironmentRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(at, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
		return at
	}
	named := func(text string) []namedEnv {
		one, err := parseNamedEnv(text)
		if err != nil {
			t.Fatal(err)
		}
		return []namedEnv{one}
	}
	opened := map[string]map[string][]byte{"db": texts("PATH", "s3kr1t", "nul", "s3kr1t\x00", "d.json", `{"a": "s3kr1t"}`),
		"app": texts("PATH", "s3kr1t")}
	for want, o := range map[string]*execOptions{
		"PATH affects the shell":    {envFrom: []envFrom{{"", "app"}}},
		"PATH occurs twice":         {names: []string{"app"}, envFrom: []envFrom{{"", "app"}}, allow: []string{"PATH"}},
		"NUL has a NUL":             {env: named("NUL=db/nul")},
		"path b: it does not exist": {env: named("A=db/d.json#b")},
		"FILE has a NUL":            {envDirs: []string{write("FILE", "s3kr1t\x00")}},
		"has no =":                  {envDirs: []string{write("A=B", "s3kr1t")}},
		"no such file":              {envDirs: []string{filepath.Join(dir, "absent")}},
	} {
		env, err := o.environment(opened, nil)
		if err == nil || env != nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3kr1t") {
			t.Errorf("want %q: %q, %v", want, env, err)
		}
	}
}
