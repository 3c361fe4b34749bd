package plugin

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func isUsage(err error) bool {
	var usage *usageError
	return errors.As(err, &usage)
}

func TestSecretName(t *testing.T) {
	for arg, want := range map[string]string{
		"matrix-secrets": "matrix-secrets", "secret/matrix-secrets": "matrix-secrets", "secrets/a": "a",
		"a.b-c.1": "a.b-c.1", "secret": "secret", strings.Repeat("a", 253): strings.Repeat("a", 253),
	} {
		if got, err := secretName(arg); err != nil || got != want {
			t.Errorf("secretName(%q) = %q, %v; want %q", arg, got, err, want)
		}
	}
}

func TestSecretNameRefuses(t *testing.T) {
	for _, arg := range []string{
		"", "secret/", "/a", "pod/a", "secret/a/b", "a/b", "A", "a_b", "a b", "-a", "a-", ".a", "a..b", "..", "../a",
		"secret/..", "a%2fb", "a\n", "é", strings.Repeat("a", 254),
	} {
		if name, err := secretName(arg); !isUsage(err) {
			t.Errorf("secretName(%q) = %q, %v; want a usage error", arg, name, err)
		}
	}
}

func TestSecretNames(t *testing.T) {
	got, err := secretNames([]string{"b", "secret/a", "b"})
	if err != nil || !slices.Equal(got, []string{"b", "a", "b"}) {
		t.Errorf("secretNames = %q, %v", got, err)
	}
}

func TestSecretNamesRefusesOneBad(t *testing.T) {
	if got, err := secretNames([]string{"b", "A"}); !isUsage(err) {
		t.Errorf("secretNames = %q, %v; want a usage error", got, err)
	}
}

func TestCheckEntryName(t *testing.T) {
	for _, name := range []string{"secrets.json", ".env", "A_b-c.1", "-", "_"} {
		if err := checkEntryName(name); err != nil {
			t.Errorf("checkEntryName(%q) = %v", name, err)
		}
	}
	for _, name := range []string{"", ".", "..", "..a", "a/b", "a b", "a=b", "a\x00", "é", strings.Repeat("a", 254)} {
		if err := checkEntryName(name); !isUsage(err) {
			t.Errorf("checkEntryName(%q) = %v, want a usage error", name, err)
		}
	}
}

func TestParseDocumentFile(t *testing.T) {
	cases := []struct{ arg, entry, path, secret string }{
		{"secrets.json", "secrets.json", "secrets.json", "secrets"},
		{"./dir/secrets.json", "secrets.json", "./dir/secrets.json", "secrets"},
		{"/etc/app/db.env", "db.env", "/etc/app/db.env", "db"},
		{"app.prod.yaml", "app.prod.yaml", "app.prod.yaml", "app.prod"},
		{"a.json=b.yaml", "a.json", "b.yaml", "b"},
		{"a.json=dir=x/b=c.json", "a.json", "dir=x/b=c.json", "b=c"},
		{"a.json=-", "a.json", "-", ""},
		{".env", ".env", ".env", ""},
		{"dir/.env", ".env", "dir/.env", ""},
		{"app.env=.env", "app.env", ".env", ""},
		{"noextension", "noextension", "noextension", "noextension"},
	}
	for _, c := range cases {
		t.Run(c.arg, func(t *testing.T) {
			file, err := parseDocumentFile("-f", c.arg)
			if want := (documentFile{c.entry, c.path, strings.Contains(c.arg, "=")}); err != nil || file != want {
				t.Fatalf("parseDocumentFile = %+v, %v; want %+v", file, err, want)
			}
			if got := file.secretName(); got != c.secret {
				t.Errorf("secretName = %q, want %q", got, c.secret)
			}
		})
	}
}

func TestParseDocumentFileRefuses(t *testing.T) {
	for _, arg := range []string{"", "=", "a.json=", "=a.json", "dir/a=b.json", "a b.json", ".", "..", "/", "x/..",
		"é.json"} {
		if file, err := parseDocumentFile("-f", arg); !isUsage(err) {
			t.Errorf("parseDocumentFile(%q) = %+v, %v; want a usage error", arg, file, err)
		}
	}
}

func TestDryRunFlag(t *testing.T) {
	cases := []struct {
		args   []string
		want   string
		suffix string
	}{
		{nil, "none", ""},
		{[]string{"--dry-run"}, "client", " (dry run)"},
		{[]string{"--dry-run=client"}, "client", " (dry run)"},
		{[]string{"--dry-run=server"}, "server", " (server dry run)"},
		{[]string{"--dry-run=none"}, "none", ""},
	}
	for _, c := range cases {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			cmd := &cobra.Command{}
			flag := addDryRunFlag(cmd, "usage")
			if err := cmd.Flags().Parse(c.args); err != nil || flag.String() != c.want || flag.suffix() != c.suffix {
				t.Errorf("%v: %q, suffix %q, %v; want %q, %q", c.args, flag, flag.suffix(), err, c.want, c.suffix)
			}
		})
	}
}

func TestDryRunFlagRefuses(t *testing.T) {
	for _, text := range []string{"", "true", "false", "Client", "unchanged"} {
		cmd := &cobra.Command{}
		flag := addDryRunFlag(cmd, "usage")
		if err := cmd.Flags().Parse([]string{"--dry-run=" + text}); err == nil {
			t.Errorf("--dry-run=%s is %q, want an error", text, flag)
		}
	}
}

func TestOutputFlag(t *testing.T) {
	flag := &outputFlag{formats: []output{outputJSON, outputWide}}
	for text, ok := range map[string]bool{"json": true, "wide": true, "yaml": false, "": false, "JSON": false,
		"name": false} {
		if err := flag.Set(text); (err == nil) != ok {
			t.Errorf("-o %q: %v", text, err)
		}
	}
}

func TestOutputFlagSaysItsFormats(t *testing.T) {
	err := (&outputFlag{formats: []output{outputJSON, outputYAML}}).Set("xml")
	if err == nil || !strings.Contains(err.Error(), "json, yaml") {
		t.Errorf("-o xml: %v; want it to list json and yaml", err)
	}
}
