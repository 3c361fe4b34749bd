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
