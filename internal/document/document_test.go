package document

import (
	"errors"
	"strings"
	"testing"
)

func TestFormatOf(t *testing.T) {
	formats := map[string]Format{
		"secrets.json": JSON, "a.yaml": YAML, "a.yml": YAML, ".env": Env, "app.env": Env,
		"A.JSON": JSON, "dir.env/x.yaml": YAML, ".json": JSON,
	}
	for entry, want := range formats {
		if got, err := FormatOf(entry); got != want || err != nil {
			t.Errorf("FormatOf(%q) = %q, %v; want %q", entry, got, err, want)
		}
	}
	for _, entry := range []string{"", "json", "tls.crt", "a.json.bak", "env", "x."} {
		_, err := FormatOf(entry)
		if err == nil {
			t.Errorf("FormatOf(%q): want an error", entry)
			continue
		}
		for _, want := range []string{".json", ".yaml", ".env"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("FormatOf(%q): %v: want it to list %s", entry, err, want)
			}
		}
	}
}

type accepted struct {
	name, text, want string
}

func checkAccepted(t *testing.T, format Format, cases []accepted) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Helper()
			if err := Check(format, []byte(c.text)); err != nil {
				t.Errorf("Check: %v", err)
			}
			got, err := ToJSON(format, []byte(c.text))
			if err != nil || string(got) != c.want {
				t.Errorf("ToJSON = %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

type refused struct {
	name, text, want string
}

func checkRefused(t *testing.T, format Format, cases []refused) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Helper()
			err := Check(format, []byte(c.text))
			if err == nil || err.Error() != c.want {
				t.Errorf("Check = %v\nwant    %s", err, c.want)
			}
			own, ok := errors.AsType[*Error](err)
			if !ok || own.Format != format {
				t.Errorf("Check = %#v: want an *Error of %s", err, format)
			}
			if text, err := ToJSON(format, []byte(c.text)); err == nil || text != nil {
				t.Errorf("ToJSON = %s, %v: want an error", text, err)
			}
		})
	}
}

func TestEveryFormatRefuses(t *testing.T) {
	for _, format := range []Format{JSON, YAML, Env} {
		checkRefused(t, format, []refused{
			{"nothing", "", "empty"},
			{"white space", " \t\r\n \n", "empty"},
			{"byte order mark", "\uFEFF{}", "line 1 column 1: byte order mark: save the file as UTF-8 without one"},
			{"latin 1", "a\n\u00e9\xe9", "line 2 column 2: not UTF-8"},
			{"UTF-16", "\xff\xfe{\x00}\x00", "line 1 column 1: not UTF-8"},
		})
	}
	err := Check("toml", []byte("a = 1"))
	if err == nil || err.Error() != "unknown format" {
		t.Errorf("Check(toml) = %v", err)
	}
}
