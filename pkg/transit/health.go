package transit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Health is what Vault says of itself to anybody who asks.
type Health struct {
	Initialized bool   `json:"initialized"`
	Sealed      bool   `json:"sealed"`
	Standby     bool   `json:"standby"`
	Version     string `json:"version"`
	ClusterName string `json:"cluster_name"`
}

// Health asks Vault how it is, without a token: a Vault that is sealed or not initialised answers too,
// and that is no error here.
func (c *Client) Health(ctx context.Context) (Health, error) {
	r := &request{op: "ask vault for its health", method: http.MethodGet, path: "sys/health", rootNamespace: true, anyStatus: true}
	a, err := c.do(ctx, r)
	if err != nil {
		return Health{}, err
	}
	var answer struct {
		Health
		Initialized *bool `json:"initialized"` // what tells Vault's answer from any other object
	}
	if err := json.Unmarshal(a.body, &answer); err == nil && answer.Initialized != nil {
		answer.Health.Initialized = *answer.Initialized
		answer.Version, answer.ClusterName = clean(answer.Version, nil), clean(answer.ClusterName, nil)
		return answer.Health, nil
	}
	if a.status < 300 {
		return Health{}, &hintedError{
			error: fmt.Errorf("%s: what answers at %s is no vault", r.op, c.address()),
			hint:  notVaultHint,
		}
	}
	return Health{}, r.refusalOfPath(a)
}

const notVaultHint = "check the address (--vault-addr, VAULT_ADDR)"
