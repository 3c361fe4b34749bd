package keyusers

import (
	"reflect"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestParse(t *testing.T) {
	for description, want := range map[string][]User{
		"":                                 nil,
		"the team's keys":                  nil,
		"vaultseal keys: ":                 nil,
		"vaultseal keys: blue":             nil,
		"vaultseal keys: blue={namespace}": {{"blue", "{namespace}"}},
		"ours; vaultseal keys: green=app, clusters/blue=x-{namespace}; do not touch": {
			{"clusters/blue", "x-{namespace}"}, {"green", "app"}},
		"vaultseal keys: blue=new, blue=old":            {{"blue", "new"}},
		"vaultseal keys: blue=app, \x1b[2Jevil=app":     {{"blue", "app"}},
		"vaultseal keys: blue=app,green=app":            {{"blue", "app"}},
		"vaultseal keys: \u202egreen=app":               nil,
		"vaultseal keys: blue=app\nvaultseal keys: x=y": {{"blue", "app"}},
	} {
		if got := Parse(description); !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %v, want %v", description, got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	users := []User{{"green", "{namespace}"}, {"blue", "app"}, {"green", "older"}}
	const text = "vaultseal keys: blue=app, green={namespace}"
	for before, want := range map[string]string{
		"":                                    text,
		"the team's keys":                     "the team's keys; " + text,
		text:                                  text,
		"a; vaultseal keys: red=x, blue=y; b": "a; " + text + "; b",
	} {
		got := Describe(before, users)
		if got != want {
			t.Errorf("Describe(%q) = %q, want %q", before, got, want)
		}
		if again := Describe(got, Parse(got)); again != got {
			t.Errorf("%q described again is %q", got, again)
		}
	}
}

func TestOthers(t *testing.T) {
	const all = "vaultseal keys: blue={namespace}, green={namespace}, one=app, prefixed=ns-{namespace}"
	for _, c := range []struct {
		description, key, own string
		want                  []string
	}{
		{"", "vaultseal/team-a", "blue", nil},
		{all, "vaultseal/team-a", "blue", []string{"green"}},
		{all, "vaultseal/team-a", "red", []string{"blue", "green"}},
		{all, "vaultseal/app", "blue", []string{"green", "one"}},
		{all, "vaultseal/ns-a", "blue", []string{"green", "prefixed"}},
		{all, "vaultseal/team-a", "", []string{"blue", "green"}},
		{"vaultseal keys: blue={namespace}", "vaultseal/team-a", "", nil},
		{"vaultseal keys: blue={namespace}", "vaultseal/team-a", "green", []string{"blue"}},
		{"vaultseal keys: blue=..", "vaultseal/team-a", "green", nil},
	} {
		key, err := transit.ParseKey(c.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := Others(c.description, key, c.own); !reflect.DeepEqual(got, c.want) {
			t.Errorf("Others(%q, %s, %q) = %q, want %q", c.description, c.key, c.own, got, c.want)
		}
	}
}
