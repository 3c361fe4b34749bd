package config

import (
	"strings"
	"testing"
)

// FuzzParseAccount: an account reads as it prints, and its parts can be put into a path.
func FuzzParseAccount(f *testing.F) {
	for _, text := range []string{"vaultseal", "vaultseal-system/vaultseal-rotator", "a/b/c", "/a", "a/", "", "a.b",
		"a.b/c", ".."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		account, err := ParseAccount(text)
		if err != nil {
			if account != (Account{}) {
				t.Errorf("an account with an error: %s", account)
			}
			return
		}
		if again, err := ParseAccount(account.String()); err != nil || again != account {
			t.Errorf("%s reads as %s, %v", account, again, err)
		}
		if account.Name == "" || strings.ContainsAny(account.Namespace+account.Name, "/%?# \\") ||
			strings.Contains(account.Namespace+account.Name, "..") {
			t.Errorf("accepted %q", text)
		}
	})
}

// FuzzWorkloadRole: a role's name reads back as its account, and different accounts have different roles.
func FuzzWorkloadRole(f *testing.F) {
	for _, name := range []string{"a.b", "a.b.c", ".b", "a.", "vaultseal", "a", "A.b", "a./b", "a.b/../c", ""} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		account, ok := ParseWorkloadRole(name)
		if !ok {
			return
		}
		if account.WorkloadRole() != name || strings.Contains(account.Namespace, ".") ||
			strings.ContainsAny(name, "/%?# \\*") {
			t.Errorf("%q reads as %s", name, account)
		}
		if _, err := ParseAccount(account.String()); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	})
}
