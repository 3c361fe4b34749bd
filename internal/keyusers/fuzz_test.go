package keyusers

import (
	"slices"
	"strings"
	"testing"
)

// FuzzDescribe: what is read of a description is written into it as it was, and the text around it stays.
func FuzzDescribe(f *testing.F) {
	f.Add("for the shop", "; x", "kubernetes", "ns-{namespace}")
	f.Add("vaultseal keys: a=b", ", c=d vaultseal keys: e=f", "team/a", "k")
	f.Add("$1 ${0}", "\n", "a", "")
	f.Fuzz(func(t *testing.T, before, after, mount, key string) {
		description := before + after
		users := Parse(description)
		if again := Parse(Describe(description, users)); len(users) > 0 && !slices.Equal(again, users) {
			t.Errorf("%q has %v, and then %v", description, users, again)
		}
		own := User{AuthMount: mount, KeyName: key}
		if !slices.Equal(Parse(Words+own.String()), []User{own}) {
			return // no name of Vault's
		}
		described := Describe(description, append(users, own))
		want := sorted(append(users, own))
		if got := Parse(described); !slices.Equal(got, want) {
			t.Errorf("%q has %v, want %v", described, got, want)
		}
		if list().FindString(description) == "" && !strings.HasPrefix(described, description) {
			t.Errorf("%q became %q", description, described)
		}
	})
}
