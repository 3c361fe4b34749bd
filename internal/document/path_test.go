package document

import (
	"slices"
	"testing"
)

func TestParsePath(t *testing.T) {
	for text, want := range map[string]Path{
		"a": {"a"}, "a.b.0": {"a", "b", "0"}, `a\.b.c\\d`: {"a.b", `c\d`}, `a\b`: {`a\b`},
		"database.password": {"database", "password"}, "servers.2.host": {"servers", "2", "host"},
		`tls.ca\.crt`: {"tls", "ca.crt"}, `a\\.b`: {`a\`, "b"}, `a\b\`: {`a\b\`}, `"".a.""`: {"", "a", ""},
		`\""`:     {`""`},
		`"a".b"c`: {`"a"`, `b"c`},
	} {
		if got, err := ParsePath(text); err != nil || !slices.Equal(got, want) ||
			!slices.Equal(pathOf(t, got.String()), want) {
			t.Errorf("%s reads as %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".", "a.", ".a", "a..b", `a\\..b`, "\xff", "a.\xff"} {
		if got, err := ParsePath(text); err == nil ||
			err.Error() != "a path is names with dots between them, such as database.password" {
			t.Errorf("%q reads as %q, %v", text, got, err)
		}
	}
}

// FuzzParsePath: a path reads as it prints, and has a step.
func FuzzParsePath(f *testing.F) {
	for _, text := range []string{
		"database.password", "servers.0.host", `tls.ca\.crt`, `a\\.b`, "", ".", "a..b", `a\`, `a.""`, `\"".x`,
		`\\"`, `"a"`,
		`\..`, "\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := ParsePath(text)
		if err != nil {
			if path != nil {
				t.Errorf("a path with an error: %q", path)
			}
			return
		}
		again, err := ParsePath(path.String())
		if err != nil || !slices.Equal(again, path) || len(path) == 0 {
			t.Errorf("%q prints as %q and reads as %q, %v", path, path, again, err)
		}
	})
}
