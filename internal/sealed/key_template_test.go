package sealed

import (
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestKeyTemplateFor(t *testing.T) {
	cases := []struct {
		text, namespace string
		want            transit.Key
	}{
		{"app", "team-a", transit.Key{Mount: "transit", Name: "app"}},
		{"transit/aes256-key", "team-a", transit.Key{Mount: "transit", Name: "aes256-key"}},
		{"team/a/transit/app", "x", transit.Key{Mount: "team/a/transit", Name: "app"}},
		{"{namespace}", "team-a", transit.Key{Mount: "transit", Name: "team-a"}},
		{"ns-{namespace}", "team-a", transit.Key{Mount: "transit", Name: "ns-team-a"}},
		{"transit/ns-{namespace}", "team-a", transit.Key{Mount: "transit", Name: "ns-team-a"}},
		{"{namespace}/app", "team-a", transit.Key{Mount: "team-a", Name: "app"}},
		{"kv/{namespace}/app", "team-a", transit.Key{Mount: "kv/team-a", Name: "app"}},
		{"{namespace}/{namespace}", "team-a", transit.Key{Mount: "team-a", Name: "team-a"}},
		{"{namespace}-{namespace}", "x", transit.Key{Mount: "transit", Name: "x-x"}},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			template, err := ParseKeyTemplate(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := template.For(c.namespace); err != nil || got != c.want {
				t.Errorf("For(%q) = %+v, %v; want %+v", c.namespace, got, err, c.want)
			}
		})
	}
}

func TestKeyTemplateNamespaceOf(t *testing.T) {
	for _, c := range []struct {
		text, key, want string
	}{
		{"vaultseal/{namespace}", "vaultseal/team-a", "team-a"},
		{"vaultseal/{namespace}", "transit/team-a", ""},
		{"vaultseal/ns-{namespace}", "vaultseal/ns-a", "a"},
		{"vaultseal/ns-{namespace}", "vaultseal/ns-", ""},
		{"vaultseal/ns-{namespace}-x", "vaultseal/ns-x", ""},
		{"{namespace}/{namespace}", "team-a/team-a", "team-a"},
		{"{namespace}/{namespace}", "team-a/team-b", ""},
		{"{namespace}", "transit/app", "app"},
		{"transit/app", "transit/app", ""},
	} {
		template, err := ParseKeyTemplate(c.text)
		if err != nil {
			t.Fatal(err)
		}
		key, err := transit.ParseKey(c.key)
		if err != nil && c.want != "" {
			t.Fatal(err)
		}
		if got, found := template.NamespaceOf(key); got != c.want || found != (c.want != "") {
			t.Errorf("%s: %s is for %q, want %q", c.text, c.key, got, c.want)
		}
	}
}

func TestParseKeyTemplateRefuses(t *testing.T) {
	for _, text := range []string{
		"/", "/app", "transit/", "transit//app", " app", "app ",
		"..", ".", "../sys", "transit/..", "transit/../sys", "transit/../sys/policies", "transit/./app",
		"transit/ap%70", "%2e%2e/app", "transit/app?list=true", "transit/app#x", "transit/app\n", `transit\app`,
		"sys/app", "auth/app", "cubbyhole/app", "identity/app", "team/cubbyhole/app",
		"{namespace", "namespace}", "{}", "{name}", "{Namespace}", "{ namespace }", "{{namespace}}", "ns-{name}/app",
		"../{namespace}", "{namespace}/../app", "transit/{namespace}%2fapp", "sys/{namespace}",
	} {
		t.Run(text, func(t *testing.T) {
			if template, err := ParseKeyTemplate(text); err == nil || !template.IsZero() {
				t.Errorf("ParseKeyTemplate = %v, %v; want an error", template, err)
			}
		})
	}
}

func TestKeyTemplateRefusesNamespaces(t *testing.T) {
	template, err := ParseKeyTemplate("transit/{namespace}")
	if err != nil {
		t.Fatal(err)
	}
	for _, namespace := range []string{"", ".", "..", "../sys", "a/../sys", "a/b", "a%2fb", "a?b", "{namespace}"} {
		t.Run(namespace, func(t *testing.T) {
			if key, err := template.For(namespace); err == nil {
				t.Errorf("For = %+v, want an error", key)
			}
		})
	}
}

func TestKeyTemplateMountStaysOutOfVaultsOwn(t *testing.T) {
	template, err := ParseKeyTemplate("{namespace}/app")
	if err != nil {
		t.Fatal(err)
	}
	for _, namespace := range []string{"sys", "auth", "cubbyhole", "identity"} {
		t.Run(namespace, func(t *testing.T) {
			if key, err := template.For(namespace); err == nil {
				t.Errorf("For = %+v, want an error", key)
			}
		})
	}
}

func TestZeroKeyTemplate(t *testing.T) {
	template, err := ParseKeyTemplate("")
	if err != nil || !template.IsZero() || template.String() != "" || template.PerNamespace() {
		t.Errorf("ParseKeyTemplate(\"\") = %+v, %v", template, err)
	}
	if template, err := ParseKeyTemplate("app"); err != nil || template.IsZero() {
		t.Errorf("ParseKeyTemplate(\"app\") = %+v, %v", template, err)
	}
}

func TestZeroKeyTemplateHasNoKey(t *testing.T) {
	if key, err := (KeyTemplate{}).For("default"); err == nil {
		t.Errorf("For = %+v, want an error", key)
	}
}

func TestKeyTemplateTellsWhetherItDiffers(t *testing.T) {
	for text, want := range map[string]bool{
		"app": false, "transit/app": false, "ns-{namespace}": true, "{namespace}/app": true,
	} {
		template, err := ParseKeyTemplate(text)
		if err != nil || template.PerNamespace() != want {
			t.Errorf("ParseKeyTemplate(%q).PerNamespace() = %v, %v; want %v", text, template.PerNamespace(), err, want)
		}
	}
}

func TestKeyTemplateString(t *testing.T) {
	template, err := ParseKeyTemplate("transit/ns-{namespace}")
	if got := template.String(); err != nil || got != "transit/ns-{namespace}" {
		t.Errorf("String = %q, %v", got, err)
	}
}

// FuzzParseKeyTemplate: what is taken gives every namespace a key, which can be written down and read again.
func FuzzParseKeyTemplate(f *testing.F) {
	for _, text := range []string{
		"", "app", "transit/ns-{namespace}", "{namespace}/{namespace}", "{namespace", "../{namespace}",
		"a/{namespace}/../b",
	} {
		f.Add(text, "team-a")
	}
	f.Fuzz(func(t *testing.T, text, namespace string) {
		template, err := ParseKeyTemplate(text)
		if err != nil || template.IsZero() {
			return
		}
		key, err := template.For(namespace)
		if err != nil {
			if !key.IsZero() {
				t.Errorf("a key with an error: %s", key)
			}
			return
		}
		if again, err := transit.ParseKey(key.String()); err != nil || again != key {
			t.Errorf("%s reads as %s, %v", key, again, err)
		}
	})
}
