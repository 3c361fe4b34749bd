package document

import "testing"

func TestOfEntries(t *testing.T) {
	for name, c := range map[string]struct {
		entries      map[string]string
		want, object string
	}{
		"none":     {nil, `{}`, `{}`},
		"document": {map[string]string{"a.yaml": "b: 1\nc: x\n"}, `{"b":1,"c":"x"}`, `{"a.yaml":{"b":1,"c":"x"}}`},
		"broken":   {map[string]string{"a.json": `{"b":`}, `"{\"b\":"`, `{"a.json":"{\"b\":"}`},
		"text":     {map[string]string{"t": "<é>\n"}, `"<é>\n"`, `{"t":"<é>\n"}`},
		"bytes":    {map[string]string{"b": "\xff\xfe?"}, `"//4/"`, `{"b":"//4/"}`},
		"several": {
			map[string]string{"b.env": "A=1", "a": "x", "c": "\x00\xff"},
			`{"a":"x","b.env":{"A":"1"},"c":"AP8="}`, `{"a":"x","b.env":{"A":"1"},"c":"AP8="}`,
		},
	} {
		entries := map[string][]byte{}
		for entry, text := range c.entries {
			entries[entry] = []byte(text)
		}
		if got, err := OfEntries(entries); err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, c.want)
		}
		if got, err := ObjectOfEntries(entries); err != nil || string(got) != c.object {
			t.Errorf("%s as an object: %s, %v; want %s", name, got, err, c.object)
		}
	}
}
