package test

import (
	"fmt"
	"testing"
)

// untouched looks at the keys that only hostile values have named.
func (j *judgement) untouched(t *testing.T) {
	t.Helper()
	names := []string{"transit/keys/" + j.other, "transit/keys/" + j.other + "-derived", j.engine + "/keys/app"}
	for _, n := range j.tenants {
		names = append(names, "transit/keys/"+n.namespace)
	}
	for _, name := range names {
		is := theStack.read(t, name, "latest_version", "min_decryption_version", "min_encryption_version")
		if fmt.Sprint(is) != "map[latest_version:1 min_decryption_version:1 min_encryption_version:0]" {
			t.Errorf("%s was changed: %v", name, is)
		}
	}
}

// happened makes sure that the walk has seen what it is about: each command has done its work somewhere.
func (j *judgement) happened(t *testing.T, calls []string) {
	t.Helper()
	for _, call := range append(calls, "token", "login") {
		if j.counts[call] == 0 {
			t.Errorf("there was no %s", call)
		}
	}
	worked := map[string]bool{}
	for _, s := range j.walk.steps {
		worked[s.command] = worked[s.command] || s.code == 0
	}
	for command, once := range worked {
		if !once {
			t.Errorf("%s has never done its work", command)
		}
	}
	t.Logf("%d commands, %v", len(j.walk.steps), j.counts)
}
