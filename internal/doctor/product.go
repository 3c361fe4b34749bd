package doctor

import (
	"context"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// serves is the finding about a server that can be used.
func (e *examination) serves(health transit.Health) finding {
	e.health = health
	e.diagnosis.Versions.Product = string(health.Product)
	product := word(health.Product.String())
	found := ok("%s %s, initialised and unsealed", product, number(health.Version))
	if health.Version == "" {
		found = ok("%s that does not show its version, initialised and unsealed", product) // redact_version
	}
	if health.Standby {
		found.say(", a standby")
	}
	if health.Version != "" {
		found.compare(compatibility.Product(string(health.Product)), health.Version)
	}
	return found
}

// nameProduct asks for the product again after the login: the Transit engine tells it more reliably than the server
// without a token. If the two differ, the check of Vault's status says what the engine told.
func (e *examination) nameProduct(ctx context.Context) {
	if ctx.Err() != nil || !e.known[aLogin] || !e.known[aKeyName] {
		return
	}
	product, err := e.session.Product(ctx, e.key.Mount)
	if err != nil || product == "" || product == e.health.Product {
		return
	}
	health := e.health
	health.Product = product
	at := slices.IndexFunc(e.diagnosis.Checks, func(c Check) bool { return c.ID == VaultStatus })
	if at >= 0 {
		e.diagnosis.Checks[at] = e.checked(VaultStatus, e.serves(health))
	}
}
