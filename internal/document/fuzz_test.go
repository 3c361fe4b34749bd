package document

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"strings"
	"testing"
)

// marker is planted in the input; no error may show it.
const marker = "hunter2"

func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"a":[1,2.5e3,"x",null,true,{"b":{}}]}`, `{"a":1,"a":2}`, `{"a":"\u00e9\ud83d\ude00"}`, `[1]`, `{"a"`,
		`{"hunter2":hunter2}`, "{\"hunter2\":\"hunter2\n\"}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkProperties(t, JSON, data) })
}

func FuzzYAML(f *testing.F) {
	for _, text := range []string{
		"a: 1\nb: [x, {y: z}]\n", "a: &a {x: 1}\nb: {<<: *a}\n", "a: |\n  x\n  y\n", "? a\n: b\n",
		"a: !!binary aGVsbG8=",
		"a: !!float 0x1f", "a: 1\n---\nb: 2",
		"hunter2: *hunter2", "a: !hunter2 x", "hunter2: 1\nhunter2: 2", "\"\\hunter2\": 1", "a: !!int hunter2",
		"%hunter2 x\n---\na: 1", "a: 0b-1\nb: -0b1\nc: 1_0\nd: .5_5", "a: 2001-12-14\n'<<': 1",
		"a: >-\n x\n\n y # z\n#c\nb: 'x\n\n  y'\n", "a: !x!hunter2 y", "{a: [hunter2\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkProperties(t, YAML, data) })
}

func FuzzEnv(f *testing.F) {
	for _, text := range []string{
		"A=1\nexport B='x\ny' # z\n", "A=\"\\n\\$\"\r\nB=c # d\r\n", `A='it'\''s'`, "hunter2", "A='hunter2",
		"A='x'hunter2",
		"hunter2=1\nhunter2=2",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkProperties(t, Env, data) })
}

func checkProperties(t *testing.T, format Format, data []byte) {
	checkErr := Check(format, data)
	text, err := ToJSON(format, data)
	if (checkErr == nil) != (err == nil) {
		t.Fatalf("Check: %v, ToJSON: %v", checkErr, err)
	}
	if err != nil {
		checkError(t, format, data, err)
		return
	}
	if len(text) == 0 || text[0] != '{' || !stdjson.Valid(text) {
		t.Fatalf("not an object: %s", text)
	}
	if again, err := ToJSON(JSON, text); err != nil || !bytes.Equal(again, text) {
		t.Fatalf("ToJSON of its own text: %v\n%s\n%s", err, text, again)
	}
	if differences, err := Diff(text, text); err != nil || len(differences) > 0 {
		t.Fatalf("Diff with itself: %v, %v", differences, err)
	}
	checkYAMLReadBack(t, text)
	env, err := ToEnv(text)
	if err != nil || len(env) == 0 {
		return
	}
	if _, err := ToJSON(Env, env); err != nil {
		t.Fatalf("ToEnv wrote what is not read: %v\n%s", err, env)
	}
}

func checkError(t *testing.T, format Format, data []byte, err error) {
	own, ok := errors.AsType[*Error](err)
	if !ok || own.Format != format || own.Line < 0 || own.Column < 0 ||
		own.Line > bytes.Count(data, []byte("\n"))+strings.Count(string(data), "\r")+len(data)+1 {
		t.Fatalf("error %#v", err)
	}
	if strings.Contains(err.Error(), marker) {
		t.Fatalf("the error shows the document: %v", err)
	}
	if !knownReason(own.Reason) {
		t.Fatalf("a reason that is none of ours: %v", err)
	}
}

func knownReason(reason string) bool {
	known := []string{
		reasonEmpty, reasonUTF8, reasonBOM, reasonMapping, reasonDuplicate, reasonDeep, reasonSyntax, reasonEnd,
		reasonAfter,
		reasonYAML, reasonControl, reasonDocuments, reasonKey, reasonMerge, reasonCycle, reasonAliases, reasonTag,
		reasonFits,
		reasonFinite, reasonBase64, reasonAnchor,
		reasonName, reasonUnterminated, reasonAfterQuote, reasonNUL,
	}
	for _, entry := range jsonReasons {
		known = append(known, entry.reason)
	}
	for _, entry := range yamlReasons {
		known = append(known, entry.reason)
	}
	for _, entry := range known {
		if entry == reason {
			return true
		}
	}
	return false
}

// TestErrorsNeverShowTheDocument breaks documents at every byte.
func TestErrorsNeverShowTheDocument(t *testing.T) {
	documents := map[Format]string{
		JSON: `{"hunter2": ["hunter2", {"hunter2": "\u00e9hunter2"}], "x": 1.5}`,
		YAML: "hunter2: &hunter2 [hunter2, 'hunter2']\nx: {hunter2: *hunter2, y: !!str \"hunter2\\n\"}\nz: |\n  " +
			"hunter2\n",
		Env: "hunter2=hunter2\nexport x='hunter2\nhunter2' # hunter2\ny=\"hunter2\\n\"\n",
	}
	breakers := []string{
		"", "\"", "'", "{", "}", "[", "]", ":", ": ", "\n", "\x00", "\x01", "\xff", "*", "&", "!", "\\", "-", "- ",
		"\t", "%",
		"@", "#", "\uFEFF", ",", "1", "hunter2", "\nhunter2: ", "!hunter2 ", "*hunter2 ", "\"hunter2\"",
	}
	for format, text := range documents {
		if err := Check(format, []byte(text)); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		for i := range len(text) + 1 {
			for _, breaker := range breakers {
				for _, end := range []int{i, min(i+1, len(text))} {
					broken := []byte(text[:i] + breaker + text[end:])
					if err := Check(format, broken); err != nil {
						checkError(t, format, broken, err)
					}
				}
			}
		}
	}
}
