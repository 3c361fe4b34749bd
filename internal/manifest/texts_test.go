package manifest

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func readTexts(t *testing.T, files map[string]string, paths ...string) []*Text {
	t.Helper()
	directory := tree(t, files)
	for n := range paths {
		paths[n] = filepath.Join(directory, paths[n])
	}
	texts, err := ReadTexts(paths, true, noStdin)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// TestTextsStay: what is not replaced stays byte for byte.
func TestTextsStay(t *testing.T) {
	for name, text := range map[string]string{
		"YAML":       "# head\n---\na: b\n--- # two\n\n---\nc: d\n...\n",
		"CR LF":      "a: b\r\n---\r\nc: d\r\n",
		"JSON":       `{"a": 1} {"b": 2}`,
		"no newline": "a: b",
		"UTF-16":     "\xff\xfea\x00:\x00 \x00b\x00",
		"a mark":     "\ufeffa: b\n",
		"empty":      "# nothing\n",
	} {
		texts := readTexts(t, map[string]string{"a.yaml": text}, "a.yaml")
		if got := string(Stream(texts)); got != text {
			t.Errorf("%s: %q, want %q", name, got, text)
		}
		for n := range texts[0].Len() {
			texts[0].Replace(n, texts[0].Document(n))
		}
		if texts[0].Changed() || string(Stream(texts)) != text {
			t.Errorf("%s: changed by the same documents", name)
		}
	}
}

func TestReplace(t *testing.T) {
	text := readTexts(t, map[string]string{"a.yaml": "# head\na: b\n---\nc: d\n---\ne: f\n"}, "a.yaml")[0]
	text.Replace(1, []byte("x: y\n"))
	if got := string(Stream([]*Text{text})); got != "# head\na: b\n---\nx: y\n---\ne: f\n" || !text.Changed() {
		t.Errorf("%q", got)
	}
	if string(text.Before()) != "# head\na: b\n---\nc: d\n---\ne: f\n" {
		t.Errorf("%q", text.Before())
	}
	wide := readTexts(t, map[string]string{"a.yaml": "\xfe\xff\x00a\x00:\x00 \x00b"}, "a.yaml")[0]
	wide.Replace(0, []byte("c: d"))
	if got := string(Stream([]*Text{wide})); got != "\xfe\xff\x00c\x00:\x00 \x00d" {
		t.Errorf("%q", got)
	}
}

// TestStream: files are joined so that no two documents become one.
func TestStream(t *testing.T) {
	files := map[string]string{
		"d/a.yaml": "a: b", "d/b.yaml": "---\nc: d\n", "d/c.yaml": "e: f\n---\n", "d/d.json": `{"g": 1}`, "d/e.yaml": "# nothing\n",
		"d/f.yaml": "\ufeffh: i\n", "d/g.txt": "no",
	}
	want := "a: b\n---\nc: d\n---\ne: f\n---\n{\"g\": 1}\n---\nh: i\n"
	if got := string(Stream(readTexts(t, files, "d"))); got != want {
		t.Errorf("%q", got)
	}
}

func TestReadTextsFails(t *testing.T) {
	directory := tree(t, map[string]string{"a.yaml": "a: b", "bad.yaml": "\x00", "worse.yaml": "\xff"})
	_, err := ReadTexts([]string{directory, filepath.Join(directory, "absent")}, false, noStdin)
	if err == nil || !strings.Contains(err.Error(), "absent: no such file") {
		t.Error(err)
	}
	_, err = ReadTexts([]string{directory}, false, noStdin)
	if err == nil || !strings.Contains(err.Error(), "bad.yaml: zero bytes") || !strings.Contains(err.Error(), "worse.yaml: not UTF-8") {
		t.Error(err)
	}
	many := strings.Repeat("a: b\n---\n", maxObjects)
	directory = tree(t, map[string]string{"a.yaml": many, "b.yaml": many})
	if _, err := ReadTexts([]string{directory}, false, noStdin); !errors.Is(err, ErrTooMany) {
		t.Error(err)
	}
}

func TestLocate(t *testing.T) {
	text := readTexts(t, map[string]string{"a.yaml": "a: b\n---\nkind: List\nitems:\n- a: b\n- c: d\n---\n- [\n"}, "a.yaml")[0]
	wrong := errors.New("wrong")
	for _, one := range []struct {
		document int
		items    []int
		want     string
	}{{0, nil, "document 1: line 1: wrong"}, {1, nil, "document 2: line 3: wrong"}, {1, []int{1}, "document 2: line 6: wrong"},
		{1, []int{7}, "document 2: line 3: wrong"}, {2, []int{0}, "document 3: line 8: wrong"}} {
		if err := text.Locate(one.document, wrong, one.items); err.Error() != one.want || !errors.Is(err, wrong) {
			t.Errorf("%v, want %s", err, one.want)
		}
	}
	_, err := Decode(text.Document(2))
	if located := text.Locate(2, err, nil); err == nil || !strings.HasPrefix(located.Error(), "document 3: line ") {
		t.Errorf("%v, %v", err, located)
	}
}

// TestDecode: as kubectl does, and without values in errors.
func TestDecode(t *testing.T) {
	root, err := Decode([]byte("a: 0400\nb: yes\n"))
	fields, _ := root.(map[string]any)
	if err != nil || fields["b"] != true {
		t.Errorf("%v, %v", root, err)
	}
	for name, text := range map[string]string{
		"template": "a: {{ .Values.hunter2 }}\n", "bad": "a: [hunter2\n", "dashes": "--- hunter2\na: b\n",
		"anchor": "a: *hunter2\n", "tab": "a:\n\thunter2: b\n",
	} {
		if _, err := Decode([]byte(text)); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if CheckObject([]byte("a: b\na: c\n")) == nil || CheckObject([]byte("a: b\n")) != nil {
		t.Error("duplicate keys")
	}
}
