package manifest

import (
	"strings"
	"testing"
)

// TestCommentsWithLines: a value of several lines that is commented out is found by its lines, as a value of one line
// is. What is generic, or is in the manifest anyway, says nothing about the value.
func TestCommentsWithLines(t *testing.T) {
	const (
		head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop-database\nstringData:\n"
		key  = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqG\nSM49AgEGCCqG\n-----END PRIVATE KEY-----\n"
	)
	for name, c := range map[string]struct {
		value, comments string
		line            string // of the error; empty: no error
	}{
		"a key":                   {key, "#   tls.key: |\n#     -----BEGIN PRIVATE KEY-----\n#     MIGHAgEAMBMGByqG\n", "line 9: "},
		"its last line":           {key, "#     SM49AgEGCCqG\n#     -----END PRIVATE KEY-----\n", "line 7: "},
		"with CRLF":               {strings.ReplaceAll(key, "\n", "\r\n"), "# SM49AgEGCCqG\n", "line 7: "},
		"indented":                {"user: shop\n    password: correct-horse\n", "  # password: correct-horse was wrong\n", "line 7: "},
		"only its frame":          {key, "# -----BEGIN PRIVATE KEY-----\n# -----END PRIVATE KEY-----\n", ""},
		"a short line":            {"user: a\npassword: correct-horse\n", "# user: a\n", ""},
		"a section":               {"[database]\nlogging-to:\n==========\nx: y\n", "# [database]\n# logging-to:\n# ==========\n", ""},
		"what is in the manifest": {"apiVersion: v1\npassword: correct-horse\n", "# apiVersion: v1\n", ""},
		"the name":                {"shop-database\ncorrect-horse\n", "# shop-database\n", ""},
		"one line":                {"correct horse", "# a horse that is correct\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := textOf(t, head+"  a: x\n"+c.comments)
			found, err := text.Secrets()
			if err != nil {
				t.Fatal(err)
			}
			err = text.CheckComments([]SealedValues{{found.Secrets[0], map[string][]byte{"a": []byte(c.value)}}})
			switch {
			case c.line == "" && err == nil:
			case c.line == "" || err == nil:
				t.Errorf("%v, want %q", err, c.line)
			case !strings.Contains(err.Error(), c.line+`secret shop-database entry "a": a comment holds its plaintext`):
				t.Errorf("%v, want %q", err, c.line)
			}
		})
	}
}
