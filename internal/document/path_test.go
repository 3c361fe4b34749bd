package document

import (
	"slices"
	"testing"
)

// FuzzParsePath: a path reads as it prints, and none of its parts is empty.
func FuzzParsePath(f *testing.F) {
	for _, text := range []string{"database.password", "servers.0.host", `tls.ca\.crt`, `a\\.b`, "", ".", "a..b", `a\`, "\xff"} {
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
		if err != nil || !slices.Equal(again, path) || slices.Contains(path, "") {
			t.Errorf("%q prints as %q and reads as %q, %v", path, path, again, err)
		}
	})
}
