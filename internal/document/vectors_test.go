package document

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

// TestVectorsOfDotenv holds the parser to the grammar of docs/format.md.
func TestVectorsOfDotenv(t *testing.T) {
	text, err := os.ReadFile("../../test/vectors/dotenv.json")
	if err != nil {
		t.Fatal(err)
	}
	var files []struct {
		Name   string
		Text   []byte
		Values map[string]string
		Error  bool
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&files); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		got, err := ToJSON(Env, file.Text)
		if file.Error {
			if err == nil {
				t.Errorf("%s: no error, but %s", file.Name, got)
			}
			continue
		}
		values := map[string]string{}
		if err == nil {
			err = json.Unmarshal(got, &values)
		}
		if err != nil || !reflect.DeepEqual(values, file.Values) {
			t.Errorf("%s: %q, %v, want %q", file.Name, values, err, file.Values)
		}
	}
	if len(files) < 20 {
		t.Errorf("only %d files", len(files))
	}
}
