package doctor

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestProduct: what the engine tells after the login counts more than what the server tells without a token.
func TestProduct(t *testing.T) {
	for name, c := range map[string]struct {
		version                string
		withoutToken, ofEngine transit.Product
		err                    error
		want                   Status
		says                   string
	}{
		"Vault":   {"1.21.4", transit.Vault, transit.Vault, nil, OK, "Vault 1.21.4, initialised and unsealed"},
		"OpenBao": {"2.6.2", transit.OpenBao, transit.OpenBao, nil, OK, "OpenBao 2.6.2, initialised and unsealed"},
		"an older OpenBao": {"2.5.1", "", transit.OpenBao, nil, Warning,
			"OpenBao 2.5.1, initialised and unsealed; it is not among the versions that were tested (2.6)"},
		"an older Vault": {"1.15.4", "", transit.Vault, nil, Warning,
			"Vault 1.15.4, initialised and unsealed; it is not among the versions that were tested (1.21)"},
		"a version of the other product": {"1.21.4", transit.OpenBao, transit.OpenBao, nil, Warning,
			"OpenBao 1.21.4, initialised and unsealed; it is not among the versions that were tested (2.6)"},
		"the engine knows better": {"2.6.2", transit.Vault, transit.OpenBao, nil, OK,
			"OpenBao 2.6.2, initialised and unsealed"},
		"an external engine": {"1.21.4", transit.Vault, "", nil, OK, "Vault 1.21.4, initialised and unsealed"},
		"denied":             {"2.6.2", transit.OpenBao, "", transit.ErrDenied, OK, "OpenBao 2.6.2, initialised and unsealed"},
		"not known": {"1.15.4", "", "", errors.New("no"), Warning,
			"Vault or OpenBao 1.15.4, initialised and unsealed; " +
				"it is not among the versions that were tested (Vault 1.21, OpenBao 2.6)"},
		"hidden": {"", "", transit.OpenBao, nil, OK, "OpenBao that does not show its version, initialised and unsealed"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined()
			x.vault.health.Version, x.vault.health.Product = c.version, c.withoutToken
			x.vault.product, x.vault.productErr = c.ofEngine, c.err
			diagnosis, err := x.run(t)
			if product := diagnosis.Versions.Product; err != nil || !strings.HasPrefix(c.says, product+" ") &&
				(product != "" || !strings.HasPrefix(c.says, "Vault or OpenBao ")) {
				t.Errorf("the report says %q, %v", product, err)
			}
			x.vault.described = nil
			checks := x.checks(t)
			want(t, checks, map[ID]Status{VaultStatus: c.want})
			if checks[VaultStatus].Summary != c.says {
				t.Errorf("says %q, want %q", checks[VaultStatus].Summary, c.says)
			}
			if !slices.Equal(x.vault.described, []string{"transit"}) {
				t.Errorf("asked about %q", x.vault.described)
			}
		})
	}
}

// TestProductNeedsALogin: without one, sys/health alone tells the product.
func TestProductNeedsALogin(t *testing.T) {
	x := newExamined()
	x.vault.tokenErr = transit.ErrUnauthenticated
	checks := x.checks(t)
	if len(x.vault.described) > 0 || checks[VaultStatus].Summary != "Vault 1.21.4, initialised and unsealed" {
		t.Errorf("asked about %q, says %q", x.vault.described, checks[VaultStatus].Summary)
	}
}
