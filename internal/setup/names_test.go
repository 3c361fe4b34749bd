package setup

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestNamesOfAnAuthMount(t *testing.T) {
	for mount, want := range map[string][2]string{
		"kubernetes":      {"vaultseal/{namespace}", "kubernetes-vaultseal-reader"},
		"jwt":             {"vaultseal-jwt/{namespace}", "jwt-vaultseal-reader"},
		"kubernetes-prod": {"vaultseal-kubernetes-prod/{namespace}", "kubernetes-prod-vaultseal-reader"},
		"k8s_prod2":       {"vaultseal-k8s_prod2/{namespace}", "k8s_prod2-vaultseal-reader"},
		"a-b":             {"vaultseal-a-b/{namespace}", "a-b-vaultseal-reader"},
		"a/b":             {"vaultseal-a.2fb/{namespace}", "a.2fb-vaultseal-reader"},
		"a.2fb":           {"vaultseal-a.2e2fb/{namespace}", "a.2e2fb-vaultseal-reader"},
		"Prod":            {"vaultseal-.50rod/{namespace}", ".50rod-vaultseal-reader"},
		"a-":              {"vaultseal-a.2d/{namespace}", "a.2d-vaultseal-reader"},
	} {
		i := Installation{AuthMount: mount}
		if got := [2]string{DefaultKeys(mount), i.policyName(readerName)}; got != want {
			t.Errorf("%s: %q, want %q", mount, got, want)
		}
	}
}

// policyCharacters need no escape in the path of a request, and are the same in lower case, as Vault keeps policies.
var policyCharacters = regexp.MustCompile(`^[a-z0-9_.-]+$`)

// unsafe is the mount that safe was given: it can be read back, so different mounts have different texts.
func unsafe(t *testing.T, text string) string {
	t.Helper()
	var mount strings.Builder
	for text != "" {
		c, rest := text[:1], text[1:]
		if c == "." {
			code, err := hex.DecodeString(rest[:2])
			if err != nil {
				t.Fatal(err)
			}
			c, rest = string(code), rest[2:]
		}
		mount.WriteString(c)
		text = rest
	}
	return mount.String()
}

func FuzzNamesOfAuthMountsDiffer(f *testing.F) {
	for _, pair := range [][2]string{{"a/b", "a-b"}, {"kubernetes", "jwt"}, {"a", "A"}, {"a-", "a"}, {"a.2fb", "a/b"},
		{"é", "e\u0301"}, {"a-vaultseal", "a"}, {"\xff", "\ufffd"}, {"..", "a//b"}, {"-kubernetes", "kubernetes"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, mount := range []string{a, b} {
			if got := unsafe(t, safe(mount)); got != mount {
				t.Fatalf("%q is read back from %s as %q", mount, safe(mount), got)
			}
			if len(mount) == 0 || len(mount) > 100 {
				continue
			}
			template, err := sealed.ParseKeyTemplate(DefaultKeys(mount))
			if err != nil {
				t.Fatalf("%q: the default is no transit key: %v", mount, err)
			}
			engine, name := Installation{Keys: template}.keyName()
			if _, err := transit.ParseKey(engine + "/team-a"); err != nil || strings.Contains(engine, "/") ||
				name != "{namespace}" {
				t.Fatalf("%q: engine %q: %v", mount, engine, err)
			}
		}
		if a == b {
			return
		}
		if strings.EqualFold(DefaultKeys(a), DefaultKeys(b)) {
			t.Fatalf("%q and %q have the engine of %s", a, b, DefaultKeys(a))
		}
		for _, one := range allRoles() {
			if name := (Installation{AuthMount: a}).policyName(one); !policyCharacters.MatchString(name) {
				t.Fatalf("policy %q of %q", name, a)
			}
			for _, other := range allRoles() {
				if x, y := (Installation{AuthMount: a}).policyName(one),
					(Installation{AuthMount: b}).policyName(other); strings.EqualFold(x, y) {
					t.Fatalf("%q and %q have the policy %s", a, b, x)
				}
			}
		}
	})
}
