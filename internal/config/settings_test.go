package config

import "testing"

// TestFlagUsage: the help names the variable and the default, where there are any.
func TestFlagUsage(t *testing.T) {
	for want, setting := range map[string]Setting{
		"`URL` of Vault (VAULT_ADDR)": VaultAddr,
		"`MOUNT` of the auth method (VAULTSEAL_AUTH_MOUNT; default the method's name)": AuthMount,
		SkipVerify.Usage: SkipVerify,
	} {
		if got := setting.FlagUsage(); got != want {
			t.Errorf("--%s: %q, want %q", setting.Flag, got, want)
		}
	}
}
