package transit

import (
	"context"
	"encoding/json"
	"net/http"
)

// Health is Vault's status, which needs no token.
type Health struct {
	Initialized bool   `json:"initialized"`
	Sealed      bool   `json:"sealed"`
	Standby     bool   `json:"standby"`
	Version     string `json:"version"`
	ClusterName string `json:"cluster_name"`
}

// Health asks Vault for its state, without a token. That Vault is sealed or not initialised is not an error here.
func (c *Client) Health(ctx context.Context) (Health, error) {
	r := healthRequest()
	a, err := c.do(ctx, r)
	if err != nil {
		return Health{}, err
	}
	if health, ok := a.health(); ok {
		return health, nil
	}
	if a.status < 500 {
		return Health{}, c.noVault(r)
	}
	return Health{}, r.refusalOfPath(a)
}

func healthRequest() *request {
	return &request{
		op: "ask vault for its health", method: http.MethodGet, path: "sys/health", rootNamespace: true,
		anyStatus: true,
	}
}

// health reads an answer; false: it is not from Vault.
func (a *answer) health() (Health, bool) {
	var body struct {
		Health
		Initialized *bool `json:"initialized"` // what tells Vault's answer from any other object
	}
	if err := json.Unmarshal(a.body, &body); err != nil || body.Initialized == nil {
		return Health{}, false
	}
	body.Health.Initialized = *body.Initialized
	body.Version, body.ClusterName = clean(body.Version, nil), clean(body.ClusterName, nil)
	return body.Health, true
}
