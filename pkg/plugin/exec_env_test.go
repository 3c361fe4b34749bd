package plugin

import (
	"strings"
	"testing"
)

func TestChildEnv(t *testing.T) {
	entries := texts("config.yaml", "database:\n  user: me\n  password: s3kr1t\nlist: [1, {a: true}]\nnone:\n",
		"db.env", "A='b c'\n", "pin", "0042")
	for name, c := range map[string]struct {
		only   []string
		prefix string
		want   string
	}{
		"all": {nil, "", "HOME=/ A=b c database_password=s3kr1t database_user=me list_0=1 list_1_a=true none= " +
			"pin=0042"},
		"chosen": {[]string{"pin", "A"}, "X_", "HOME=/ A=before X_A=b c X_pin=0042"},
	} {
		env := newChildEnv()
		env.only, env.prefix = c.only, c.prefix
		if err := env.add("app", entries); err != nil {
			t.Fatal(err)
		}
		if err := env.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Join(env.over([]string{"HOME=/", "A=before"}), " "); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestChildEnvRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		entries     map[string][]byte
		only, allow []string
		want        []string // parts of the error; none: it is taken
	}{
		"twice": {texts("a.json", `{"x": {"y": "s3kr1t"}, "x_y": "s3kr1t"}`), nil, nil,
			[]string{"x_y occurs twice"}},
		"no name": {texts("tls.key", "s3kr1t", "é", "s3kr1t"), nil, nil,
			[]string{`"tls.key" is not a valid name`, `"é" is not a valid name`}},
		"empty name": {texts("a.json", `{"": "s3kr1t"}`), nil, nil, []string{`"" is not a valid name`}},
		"digit":      {texts("1", "s3kr1t"), nil, nil, []string{`"1" is not a valid name`}},
		"equals":     {texts("a.json", `{"A=B": "s3kr1t"}`), nil, nil, []string{`"A=B" is not a valid name`}},
		"NUL":        {texts("a", "s3kr1t\x00"), nil, nil, []string{"a has a NUL"}},
		"loader": {texts("a.env",
			"LD_PRELOAD=s3kr1t\nDYLD_X=s3kr1t\nPATH=s3kr1t\nBASH_ENV=s3kr1t\nNODE_OPTIONS=s3kr1t\n"), nil, nil,
			[]string{"LD_PRELOAD affects", "DYLD_X affects", "PATH affects", "BASH_ENV affects",
				"NODE_OPTIONS affects"}},
		"allowed":        {texts("PATH", "s3kr1t"), nil, []string{"PATH"}, nil},
		"not chosen":     {texts("a.env", "PATH=s3kr1t\nA=b\n"), []string{"A"}, nil, nil},
		"chosen, absent": {texts("a", "s3kr1t"), []string{"a", "b"}, nil, []string{"b is not there"}},
		"broken":         {texts("a.json", `{"s3kr1t`), nil, nil, []string{`entry "a.json": line 1`}},
	} {
		t.Run(name, func(t *testing.T) {
			env := newChildEnv()
			env.only, env.allow = c.only, c.allow
			err := env.add("app", c.entries)
			if err == nil {
				err = env.check()
			}
			if (err == nil) != (c.want == nil) || err != nil && strings.Contains(err.Error(), "s3kr1t") {
				t.Fatalf("%v", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v, want %s", err, part)
				}
			}
		})
	}
}
