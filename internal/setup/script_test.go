package setup

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// fakeCLI records what the script passes to vault and kubectl, and answers reads from files.
const fakeCLI = `#!/bin/sh
case "$*" in
  "read -format=table -field=accessor"*) echo acc_1; exit;;
  "read auth/"*/config) echo "No value found at $2" >&2; exit 2;;
  "read "*) cat "answer $(echo "$*" | tr / +)" 2>/dev/null; exit;;
  "create token"*) echo REVIEWER-JWT 2027-05-01T00:00:00Z; exit;;
esac
echo "$(basename "$0") $*" >> "$RECORD"
case "$*" in *" -") cat >> "$RECORD";; esac
`

// record runs a script in a shell with a fake vault and kubectl. Answers are those of Vault, by the arguments of vault.
func record(t *testing.T, script string, answers map[string]string) (recorded string, failure string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the script is for a Unix shell")
	}
	dir := t.TempDir()
	for _, name := range []string{"vault", "kubectl"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fakeCLI), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for args, answer := range answers {
		if err := os.WriteFile(filepath.Join(dir, "answer "+strings.ReplaceAll(args, "/", "+")), []byte(answer+"\n"),
			0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh")
	cmd.Stdin, cmd.Dir = strings.NewReader(script), dir
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "RECORD=" + filepath.Join(dir, "recorded")}
	out, err := cmd.CombinedOutput()
	if err != nil {
		failure = string(out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "recorded"))
	if err != nil && failure == "" {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("the shell ran a part of a value")
	}
	return string(text), failure
}

// carriedOut returns what the script of an installation passes on, in an empty Vault.
func carriedOut(t *testing.T, i Installation) string {
	t.Helper()
	got, failure := record(t, printed(t, i), nil)
	if failure != "" {
		t.Fatal(failure)
	}
	return got
}

func printed(t *testing.T, i Installation) string {
	t.Helper()
	s := Setup{Installation: i, Now: func() time.Time { return today }}
	script, err := s.Script(typeOf)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

func TestScript(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	i.Audience = "$(touch pwned)`touch pwned`$HOME\\n\"'"
	i.Cluster.CA = "-----BEGIN\nLINE\n"
	got := carriedOut(t, i)
	for _, want := range []string{
		"vault secrets enable -path=vaultseal transit\n",
		"vault write vaultseal/keys/team-b type=aes256-gcm96 derived=true\n",
		"vault auth enable -path=kubernetes kubernetes\n",
		`"token_reviewer_jwt": "REVIEWER-JWT"`,
		`"kubernetes_ca_cert": "-----BEGIN\nLINE\n"`,
		"vault policy write kubernetes-vaultseal -\n# Seals and opens.\npath " +
			"\"vaultseal/encrypt/{{identity.entity.aliases.acc_1.metadata.service_account_namespace}}\" {",
		"vault write auth/kubernetes/role/vaultseal-rotator -\n{",
		"kubectl annotate serviceaccount vaultseal-reviewer -n vaultseal-system --overwrite " +
			"--field-manager=vaultseal-setup-token vaultseal.dev/token-issued=20",
		"Z vaultseal.dev/token-expires=2027-05-01T00:00:00Z\n",
		`"audience": "\u0024(touch pwned)\u0060touch pwned\u0060\u0024HOME\u005cn\"'"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not handed over: %s\ngot:\n%s", want, got)
		}
	}
}

func TestScriptOfAnOddMount(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	i.AuthMount = "Clusters/eu.1_2-3"
	got := carriedOut(t, i)
	for _, want := range []string{
		"vault auth enable -path=" + i.AuthMount + " kubernetes\n",
		"vault write auth/" + i.AuthMount + "/config -\n",
		"vault policy write .43lusters.2feu.2e1_2-3-vaultseal -\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not handed over: %s\ngot:\n%s", want, got)
		}
	}
}

func TestScriptWithoutAReviewer(t *testing.T) {
	i := installed(t, "app")
	i.Method, i.AuthMount = "jwt", "jwt"
	if script := printed(t, i); strings.Contains(script, "kubectl") {
		t.Errorf("it asks for what it does not need:\n%s", script)
	}
	if got := carriedOut(t, i); !strings.Contains(got, `"jwt_validation_pubkeys": [`) {
		t.Errorf("no keys:\n%s", got)
	}
}

// TestScriptRefusesWhatExists: before it writes, the script refuses what the installation's roles cannot use yet,
// unless the administrator confirms that it is theirs.
func TestScriptRefusesWhatExists(t *testing.T) {
	each, shared := installed(t, "vaultseal/{namespace}"), installed(t, "transit/app")
	const (
		roles  = "read -format=json -field=token_policies auth/kubernetes/role/"
		policy = "read -format=table -field=policy sys/policies/acl/"
	)
	opens := map[string]string{
		roles + "vaultseal":                          `["kubernetes-vaultseal"]`,
		policy + "kubernetes-vaultseal":              each.policies("acc_1")[0].text(),
		"read sys/policies/acl/kubernetes-vaultseal": "there",
	}
	with := func(more map[string]string) map[string]string {
		all := maps.Clone(opens)
		maps.Copy(all, more)
		return all
	}
	old, now := fmt.Sprint(today.Unix()-1), fmt.Sprint(today.Unix())
	for name, test := range map[string]struct {
		i       Installation
		answers map[string]string
		want    string // empty: the script succeeds
	}{
		"nothing": {each, nil, ""},
		"an engine": {each, map[string]string{"read sys/mounts/vaultseal": "there"},
			"error: vault engine vaultseal: it exists, and the roles of auth mount kubernetes have no access to it"},
		"the own engine": {each, with(map[string]string{"read sys/mounts/vaultseal": "there"}), ""},
		"the engine of another role": {each, map[string]string{"read sys/mounts/vaultseal": "there",
			roles + "vaultseal": `["other"]`, policy + "kubernetes-vaultseal": opens[policy+"kubernetes-vaultseal"]},
			"vault engine vaultseal"},
		"a shared key": {shared, map[string]string{"read transit/keys/app": "there"},
			"error: vault key transit/app: it exists"},
		"an engine with other keys": {shared, map[string]string{"read sys/mounts/transit": "there"}, ""},
		"a policy": {each,
			map[string]string{"read sys/policies/acl/kubernetes-vaultseal-rotator": "there"},
			"error: vault policy kubernetes-vaultseal-rotator: it exists, and role kubernetes/vaultseal-rotator does " +
				"not use it"},
		"an inherited key": {each,
			with(map[string]string{"read -format=json -field=keys vaultseal/keys/team-b": `{"1": ` + old + `, "2": ` +
				now + `}`}), "error: vault key vaultseal/team-b: it exists, and namespace team-b was not set up"},
		"a key of this script": {each,
			with(map[string]string{"read -format=json -field=keys vaultseal/keys/team-b": `{"1": ` + now + `}`}), ""},
	} {
		s := Setup{Installation: test.i, Now: func() time.Time { return today }}
		for _, reuse := range []bool{false, true} {
			s.ReuseKeys = reuse
			script, err := s.Script(typeOf)
			if err != nil {
				t.Fatal(err)
			}
			got, failure := record(t, script, test.answers)
			switch {
			case reuse || test.want == "":
				if failure != "" {
					t.Errorf("%s, --reuse-keys=%v: %s", name, reuse, failure)
				}
			case !strings.Contains(failure, test.want) || !strings.Contains(failure, "hint: see *setup.") || got != "":
				t.Errorf("%s: %s\nwritten: %s", name, failure, got)
			}
		}
	}
}

// TestScriptDoesNotMoveToTheDefaultKeys, unless they were specified.
func TestScriptDoesNotMoveToTheDefaultKeys(t *testing.T) {
	other := installed(t, "team/{namespace}")
	answers := map[string]string{
		"read -format=json -field=token_policies auth/kubernetes/role/vaultseal": `["kubernetes-vaultseal"]`,
		"read -format=table -field=policy sys/policies/acl/kubernetes-vaultseal": other.policies("acc_1")[0].text(),
	}
	for _, unsaid := range []bool{true, false} {
		i := installed(t, "vaultseal/{namespace}")
		i.Unsaid.Keys = unsaid
		s := Setup{Installation: i, ReuseKeys: true, Now: func() time.Time { return today }}
		script, err := s.Script(typeOf)
		if err != nil {
			t.Fatal(err)
		}
		got, failure := record(t, script, answers)
		if refused := strings.Contains(failure, "the roles of auth mount kubernetes use transit keys that are not "+
			"the default") && got == ""; refused != unsaid {
			t.Errorf("unsaid %v: %s%s", unsaid, failure, got)
		}
	}
}

// TestScriptKeepsNamesOfAnEarlierVersion: Vault has the names of the policies.
func TestScriptKeepsNamesOfAnEarlierVersion(t *testing.T) {
	i := installed(t, "vaultseal-a-b/{namespace}")
	i.AuthMount = "a/b"
	if got := carriedOut(t, i); !strings.Contains(got, "vault policy write a.2fb-vaultseal -\n") ||
		!strings.Contains(got, `"a.2fb-vaultseal-rotator"`) {
		t.Errorf("a new installation: %s", got)
	}
	got, failure := record(t, printed(t, i), map[string]string{"read -format=json -field=token_policies " +
		"auth/a/b/role/vaultseal": `["A-b-vaultseal"]`})
	if failure != "" || !strings.Contains(got, "vault policy write a-b-vaultseal-reader -\n") ||
		!strings.Contains(got, `"a-b-vaultseal"`) || strings.Contains(got, "2fb") {
		t.Errorf("an earlier one: %s%s", failure, got)
	}
}

// TestScriptKeepsNoNamesThatTwoMountsShare, as setup.
func TestScriptKeepsNoNamesThatTwoMountsShare(t *testing.T) {
	i := installed(t, "vaultseal-a-b/{namespace}")
	i.AuthMount = "a/b"
	for mounts, kept := range map[string]bool{
		`{"data": {"a/b/": {"type": "kubernetes", "description": "like \"A-b/\": {"}, "token/": {}, "x/a-b/": {}}}`: true,
		`{"data": {"a/b/": {"type": "kubernetes"}, "A-b/": {"type": "jwt"}}}`:                                       false,
	} {
		got, failure := record(t, printed(t, i), map[string]string{
			"read -format=json sys/auth":                                      mounts,
			"read -format=json -field=token_policies auth/a/b/role/vaultseal": `["a-b-vaultseal"]`,
		})
		if failure != "" || strings.Contains(got, "vault policy write a-b-vaultseal -\n") != kept {
			t.Errorf("%s: %s%s", mounts, failure, got)
		}
	}
}

// typeOf stands in for the hints of the commands.
func typeOf(refusal error) string { return fmt.Sprintf("see %T", refusal) }
