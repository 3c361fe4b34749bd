package plugin

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
)

func texts(pairs ...string) map[string][]byte {
	entries := map[string][]byte{}
	for n := 0; n < len(pairs); n += 2 {
		entries[pairs[n]] = []byte(pairs[n+1])
	}
	return entries
}

func TestEditText(t *testing.T) {
	for name, c := range map[string]struct {
		entries map[string][]byte
		file    string
	}{
		"one":         {texts("a.json", "{}\n"), "a.json"},
		"one, no end": {texts("password", "x"), "password"},
		"bytes":       {texts("key", "\x00\x01"), "app.yaml"},
		"several":     {texts("a.json", "{}", "b", "# x\ny\n", "c", "\xff"), "app.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			shown := editTextOf("app", c.entries)
			text := shown.print(c.entries)
			if shown.file() != c.file {
				t.Fatalf("it is shown as %s", shown.file())
			}
			for _, edited := range []string{string(text), strings.TrimSuffix(string(text), "\n") + "\n"} {
				got, err := shown.parse([]byte(edited), c.entries)
				if err != nil || !maps.EqualFunc(got, c.entries, bytes.Equal) {
					t.Errorf("%q: %q, %v", edited, got, err)
				}
			}
		})
	}
}

func TestEditTextRefuses(t *testing.T) {
	was := texts("a.json", "broken before", "b", "x")
	shown := editTextOf("app", was)
	for text, want := range map[string]string{
		"a.json: broken before\nb: s3kr1t":          "",
		"a.json: broken s3kr1t\nb: x":               `entry "a.json": line 1`,
		"a.json: broken before\nb: [s3kr1t":         "line",
		"a.json: broken before\n'b c': s3kr1t":      "invalid entry name",
		"a.json: broken before\nnew.env: s3kr1t\n":  `entry "new.env": line 1`,
		"a.json: broken before\nb: x\nb: s3kr1t\n":  "duplicate key",
		"a.json: broken before\nb:\n  c: s3kr1t\n":  "the value of an entry is text",
		"a.json: broken before\nb: !!binary s3kr1t": "not base64",
	} {
		_, err := shown.parse([]byte(text), was)
		if (err == nil) != (want == "") || err != nil &&
			(!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3kr1t")) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestNotice(t *testing.T) {
	n := noticeOf("error: one\ntwo", "", "three")
	shown := n.above([]byte("# text\nb\n"))
	if want := "# error: one\n# two\n# three\n# text\nb\n"; string(shown) != want {
		t.Errorf("%q", shown)
	}
	if got := noticeOf("a", "b").taken([]byte("# b \n# a\n# text\n")); string(got) != "# a\n# text\n" {
		t.Errorf("taken out of order: %q", got)
	}
	for _, edited := range []string{string(shown), "# text\nb\n", "# three\r\n# text\nb\n",
		"# two\n# three\n# text\nb\n"} {
		if got := n.taken([]byte(edited)); string(got) != "# text\nb\n" {
			t.Errorf("%q of %q", got, edited)
		}
	}
	if got := notice(nil).taken([]byte("# text")); string(got) != "# text" {
		t.Errorf("%q", got)
	}
}

func TestMerged(t *testing.T) {
	base := texts("same", "1", "mine", "1", "theirs", "1", "both", "1", "agreed", "1", "gone", "1", "dropped", "1")
	theirs := texts("same", "1", "mine", "1", "theirs", "2", "both", "2", "agreed", "3", "dropped", "1", "added", "2")
	ours := texts("same", "1", "mine", "3", "theirs", "1", "both", "3", "agreed", "3", "gone", "1", "new", "3")
	all, changed, clash := merged(base, theirs, ours)
	want := texts("same", "1", "mine", "3", "theirs", "2", "both", "3", "agreed", "3", "added", "2", "new", "3")
	if !maps.EqualFunc(all, want, bytes.Equal) {
		t.Errorf("%q", all)
	}
	if !slices.Equal(changed, []string{"added", "agreed", "both", "gone", "theirs"}) ||
		!slices.Equal(clash, []string{"both"}) {
		t.Errorf("%v, %v", changed, clash)
	}
}

func TestEditorCommand(t *testing.T) {
	for _, c := range []struct{ kube, general, want string }{{"", " vim ", "vim"},
		{"code --wait", "vim", "code --wait"}, {" ", "nano", "nano"}} {
		got := editorCommand(func(name string) (string, bool) {
			return map[string]string{"KUBE_EDITOR": c.kube, "EDITOR": c.general}[name], true
		})
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if got := editorCommand(func(string) (string, bool) { return "", false }); got == "" {
		t.Error("no editor at all")
	}
}
