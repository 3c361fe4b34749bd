//go:build unix

package delivery

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

func TestParseSealed(t *testing.T) {
	got, err := ParseSealed("/sealed/a=b,scope=x=db,scope=cluster-wide,transit-key=team/{namespace}")
	if err != nil || got.Dir != "/sealed/a=b,scope=x" || got.Secret != "db" || *got.Scope != sealed.ClusterWide ||
		got.Key.String() != "team/{namespace}" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = ParseSealed("/sealed=db,scope=unbound"); err != nil || *got.Scope != sealed.Unbound ||
		!got.Key.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = ParseSealed("/sealed=db"); err != nil || got.Scope != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for _, wrong := range []string{"", "/x", "=db", "/x=", "/x=DB", "/x=db,scope=", "/x=db,scope=wide",
		"/x=db,transit-key=../sys", "/x=db,transit-key=",
		"/x=db/password", "/x=db,scope=strict,optional"} {
		if got, err := ParseSealed(wrong); err == nil {
			t.Errorf("%q: %+v", wrong, got)
		}
	}
}

func TestParseTargets(t *testing.T) {
	db := Entry{"db", "tls.crt"}
	for text, want := range map[string]*File{
		"/a/b=db/tls.crt":                          {"/a/b", db, 0o644, false},
		"/a//b/=db/tls.crt,mode=0400":              {"/a/b", db, 0o400, false},
		"/a=db/tls.crt,optional,mode=440":          {"/a", db, 0o440, true},
		"/a=b,mode=0777,optional=db/tls.crt":       {"/a=b,mode=0777,optional", db, 0o644, false},
		"/a,optional=x/y=db/tls.crt,mode=0400":     {"/a,optional=x/y", db, 0o400, false},
		"relative $(X) \u00e4=db/tls.crt,optional": {"relative $(X) \u00e4", db, 0o644, true},
	} {
		if got, err := ParseFile(text); err != nil || *got != *want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]*Dir{
		"/a":                   {"/a", "", 0o644},
		"/a=db":                {"/a", "db", 0o644},
		"/a=db,mode=0400":      {"/a", "db", 0o400},
		"/a,mode=0400":         {"/a", "", 0o400},
		"/a=b=":                {"/a=b", "", 0o644},
		"/a,mode=0400=,mode=0": {"/a,mode=0400", "", 0},
	} {
		if got, err := ParseDir(text); err != nil || *got != *want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]Copy{"/a=/b=c": {Path: "/a", From: "/b=c"},
		"/a=/b,mode=0440": {Path: "/a", From: "/b", Mode: 0o440}} {
		if got, err := ParseCopy(text); err != nil || *got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	want := EnvFile{"/e/A=B", []Variable{{"A", Entry{"db", "a"}, true}, {"B", Entry{"other", "b"}, false}}}
	if got, err := ParseEnvFile("/e/A=B=A:db/a,optional,B:other/b"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWrongTargets(t *testing.T) {
	for _, wrong := range []string{"", "/a", "=db/x", "/a=db", "/a=db/", "/a=/x", "/a=db/x/y", "/a=db/..", "/a=DB/x",
		"/a=db/x,mode=0800", "/a=db/x,mode=1777", "/a=db/x,mode=", "/a=db/x,mode=rw", "/a=db/x,optional,optional",
		"/a=db/x,other", "/a\x00=db/x", "/a=db/x ", "/a=db/x,mod=0400"} {
		if got, err := ParseFile(wrong); err == nil {
			t.Errorf("--file %q: %+v", wrong, got)
		}
	}
	for _, wrong := range []string{"", "=", "=db", "/a=DB", "/a=db/x", "/a=db,optional", "/a=db,mode=x"} {
		if got, err := ParseDir(wrong); err == nil {
			t.Errorf("--dir %q: %+v", wrong, got)
		}
	}
	for _, wrong := range []string{"", "/a", "/a=", "=/a", "/a=/b,mode=rw"} {
		if got, err := ParseCopy(wrong); err == nil {
			t.Errorf("--copy %q: %+v", wrong, got)
		}
	}
	for _, wrong := range []string{"", "/a", "/a=", "/a=A", "/a=A:db", "/a=:db/x", "/a=A:db/x,", "/a=optional",
		"/a=A:db/x,optional,optional", "/a=A:db/x,A:db/y", "/a=A\t:db/x", "/a=#A:db/x", "/a= A:db/x", "/a=A :db/x",
		"/a=\u00e4:db/x", "=A:db/x"} {
		if got, err := ParseEnvFile(wrong); err == nil {
			t.Errorf("--env-file %q: %+v", wrong, got)
		}
	}
}

// FuzzTargets: whatever a path holds, it does not change what is behind it, and a parser never panics.
func FuzzTargets(f *testing.F) {
	for _, path := range []string{"/a", "/a=b", "/a,optional", "a,mode=0777=", "/a=x/y,optional", "..", "/\n='"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		_, _ = ParseSealed(path)
		_, _ = ParseDir(path)
		_, _ = ParseFile(path)
		_, _ = ParseCopy(path)
		_, _ = ParseEnvFile(path)
		if path == "" || strings.Contains(path, "\x00") {
			return
		}
		clean := filepath.Clean(path)
		want := File{clean, Entry{"db", "x"}, 0o400, true}
		if got, err := ParseFile(path + "=db/x,mode=0400,optional"); err != nil || *got != want {
			t.Errorf("file %q: %+v, %v", path, got, err)
		}
		if got, err := ParseFile(path + "=db/x"); err != nil || *got != (File{clean, Entry{"db", "x"}, 0o644, false}) {
			t.Errorf("file %q without options: %+v, %v", path, got, err)
		}
		for _, secret := range []string{"", "db"} {
			if got, err := ParseDir(path + "=" + secret); err != nil || *got != (Dir{clean, secret, 0o644}) {
				t.Errorf("dir %q: %+v, %v", path, got, err)
			}
		}
		if got, err := ParseSealed(path + "=db,scope=strict"); err != nil || got.Dir != clean || got.Secret != "db" {
			t.Errorf("sealed %q: %+v, %v", path, got, err)
		}
		if got, err := ParseEnvFile(path + "=A:db/x"); err != nil || got.Path != clean || len(got.Variables) != 1 {
			t.Errorf("env file %q: %+v, %v", path, got, err)
		}
	})
}
