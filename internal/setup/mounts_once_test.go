package setup

import (
	"context"
	"errors"
	"testing"
)

// countingVault counts reads, and fails the first ones.
type countingVault struct {
	fakeVault

	reads map[string]int
	fails int
}

func (v *countingVault) Read(ctx context.Context, path string) (map[string]any, error) {
	v.reads[path]++
	if v.fails > 0 {
		v.fails--
		return nil, errors.New("gone")
	}
	return v.fakeVault.Read(ctx, path)
}

// TestMountsAreReadOnce, and again after each write, also if one has failed.
func TestMountsAreReadOnce(t *testing.T) {
	vault := &countingVault{fakeVault{"sys/auth": {"a/": map[string]any{}}}, map[string]int{}, 1}
	s := Setup{Vault: vault}
	s.readMountsOnce()
	if _, err := s.Vault.Read(t.Context(), "sys/auth"); err == nil {
		t.Error("no error")
	}
	read := func() {
		for range 3 {
			for _, path := range []string{"sys/auth", "auth/a/config"} {
				if _, err := s.Vault.Read(t.Context(), path); err != nil {
					t.Error(err)
				}
			}
		}
	}
	read()
	if vault.reads["sys/auth"] != 2 || vault.reads["auth/a/config"] != 3 {
		t.Error(vault.reads)
	}
	if _, err := s.Vault.Write(t.Context(), "sys/auth/b", nil); err != nil {
		t.Error(err)
	}
	read()
	if err := s.Vault.Delete(t.Context(), "sys/auth/b"); err != nil {
		t.Error(err)
	}
	read()
	if vault.reads["sys/auth"] != 4 {
		t.Error(vault.reads)
	}
	s.readMountsOnce() // another plan
	read()
	if vault.reads["sys/auth"] != 5 {
		t.Error(vault.reads)
	}
}
