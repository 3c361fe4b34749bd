package document

import (
	"errors"
	"strings"
	"testing"
)

func TestGet(t *testing.T) {
	const yaml = "database:\n  user: 'me'\n  port: 0x10\nlist: [a, {b: true}]\nnone:\na.b: c\n"
	for path, want := range map[string]string{
		"database.user": "me", "database.port": "16", "list.0": "a", "list.1.b": "true", "list.1": `{"b":true}`,
		"list": `["a",{"b":true}]`, "none": "", `a\.b`: "c",
	} {
		steps, err := ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Get(YAML, []byte(yaml), steps); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"absent", "database.absent", "database.user.x", "list.2", "list.-1", "list.x", "none.x"} {
		steps, _ := ParsePath(path)
		got, err := Get(YAML, []byte(yaml), steps)
		var wrong *PathError
		if !errors.As(err, &wrong) || got != "" {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if _, err := Get(JSON, []byte(`{"s3kr1t`), Path{"a"}); err == nil || strings.Contains(err.Error(), "s3kr1t") {
		t.Errorf("%v", err)
	}
}
