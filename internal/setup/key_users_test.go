package setup

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestKeyUsers: the engine lists the installations that use its keys. Setup keeps the others while their auth mounts
// exist, and says which of them use the same keys.
func TestKeyUsers(t *testing.T) {
	for name, c := range map[string]struct {
		description, want string
		sharing           []string
	}{
		"no list":    {"", "vaultseal keys: kubernetes={namespace}", nil},
		"other text": {"ours", "ours; vaultseal keys: kubernetes={namespace}", nil},
		"its own, with other keys": {"vaultseal keys: kubernetes=app",
			"vaultseal keys: kubernetes={namespace}", nil},
		"another cluster": {"vaultseal keys: green={namespace}",
			"vaultseal keys: green={namespace}, kubernetes={namespace}", []string{"green"}},
		"another cluster with other keys": {"vaultseal keys: green=app",
			"vaultseal keys: green=app, kubernetes={namespace}", nil},
		"a cluster that is gone": {"vaultseal keys: gone={namespace}, green={namespace}",
			"vaultseal keys: green={namespace}, kubernetes={namespace}", []string{"green"}},
	} {
		t.Run(name, func(t *testing.T) {
			vault := fakeVault{
				"sys/auth":   {"green/": map[string]any{"accessor": "acc_2"}},
				"sys/mounts": {"vaultseal/": map[string]any{"type": "transit", "description": c.description}},
			}
			s := Setup{Installation: installed(t, "vaultseal/{namespace}"), Vault: vault, ReuseKeys: true}
			s.readMountsOnce()
			if err := errors.Join(s.readAccess(t.Context()), s.readKeyUsers(t.Context())); err != nil {
				t.Fatal(err)
			}
			sharing, err := s.sharing()
			if err != nil || !reflect.DeepEqual(sharing, c.sharing) || (len(s.notes) > 0) != (len(sharing) > 0) {
				t.Errorf("shared with %q, %v, %q; want %q", sharing, err, s.notes, c.sharing)
			}
			steps := s.noteKeyUser()
			if len(steps) != 1 {
				t.Fatalf("%d steps", len(steps))
			}
			if err := steps[0].apply(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := vault["sys/mounts/vaultseal/tune"]["description"]; got != c.want {
				t.Errorf("described as %q, want %q", got, c.want)
			}
		})
	}
}

// deniedVault lets no one read.
type deniedVault struct{ fakeVault }

func (v deniedVault) Read(context.Context, string) (map[string]any, error) {
	return nil, transit.ErrDenied
}

// TestKeyUsersOfNoEngine: a new engine is created with the list, and one that cannot be read is left as it is.
func TestKeyUsersOfNoEngine(t *testing.T) {
	for name, vault := range map[string]Vault{"new": fakeVault{}, "unreadable": deniedVault{},
		"another engine": fakeVault{"sys/mounts": {"vaultseal/": map[string]any{"type": "kv"}}}} {
		s := Setup{Installation: installed(t, "vaultseal/{namespace}"), Vault: vault}
		if err := s.readKeyUsers(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if steps := s.noteKeyUser(); len(steps) > 0 {
			t.Errorf("%s: %v", name, steps)
		}
		settings, err := s.keys()
		if err != nil {
			t.Fatal(err)
		}
		data, err := settings[0].data(t.Context())
		if err != nil || data["description"] != "vaultseal keys: kubernetes={namespace}" {
			t.Errorf("%s: %v, %v", name, data, err)
		}
	}
}

// TestScriptNotesKeyUser: the script writes the same description as setup.
func TestScriptNotesKeyUser(t *testing.T) {
	const own = "kubernetes={namespace}"
	script := printed(t, installed(t, "vaultseal/{namespace}"))
	for before, want := range map[string]string{
		`""`:                                          `"vaultseal keys: ` + own + `"`,
		`"ours"`:                                      `"ours; vaultseal keys: ` + own + `"`,
		`"vaultseal keys: ` + own + `"`:               ``,
		`"a; vaultseal keys: b=c, ` + own + `"`:       ``,
		`"vaultseal keys: ` + own + `, b=c"`:          ``,
		`"vaultseal keys: ` + own + `; ours"`:         ``,
		`"vaultseal keys: ` + own + `-x"`:             `"vaultseal keys: ` + own + `, ` + own + `-x"`,
		`"vaultseal keys: my-` + own + `"`:            `"vaultseal keys: ` + own + `, my-` + own + `"`,
		`"it's \"$HOME\" \\; vaultseal keys: b=c; d"`: `"it's \"$HOME\" \\; vaultseal keys: ` + own + `, b=c; d"`,
		`"it's \"$(touch pwned)\""`:                   `"it's \"$(touch pwned)\"; vaultseal keys: ` + own + `"`,
	} {
		got, failure := record(t, script, map[string]string{
			"read -format=json -field=description sys/mounts/vaultseal": before})
		tuned := "vault write sys/mounts/vaultseal/tune -\n{\"description\": " + want + "}\n"
		if failure != "" || strings.Contains(got, "/tune") != (want != "") ||
			want != "" && !strings.Contains(got, tuned) {
			t.Errorf("%s: want %s: %s%s", before, want, got, failure)
		}
	}
}

// TestScriptKeepsADescriptionThatItCannotRead: it would be lost in a write.
func TestScriptKeepsADescriptionThatItCannotRead(t *testing.T) {
	got, failure := record(t, printed(t, installed(t, "vaultseal/{namespace}")), nil)
	if failure != "" || strings.Contains(got, "/tune") {
		t.Errorf("%s%s", got, failure)
	}
}
