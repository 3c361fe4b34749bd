package transit

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Health is Vault's status, which needs no token.
type Health struct {
	Initialized bool   `json:"initialized"`
	Sealed      bool   `json:"sealed"`
	Standby     bool   `json:"standby"`
	Version     string `json:"version"`
	ClusterName string `json:"cluster_name"`

	Product Product `json:"-"` // told by the fields of the answer

	Date time.Time `json:"-"` // of the answer, by Vault's clock, in whole seconds; zero: not known
}

// Health asks Vault for its state, without a token. That Vault is sealed or not initialised is not an error here.
func (c *Client) Health(ctx context.Context) (Health, error) {
	r := healthRequest()
	a, err := c.do(ctx, r)
	if err != nil {
		return Health{}, err
	}
	if health, ok := a.health(); ok {
		health.Date, _ = http.ParseTime(a.header.Get("Date"))
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
	var fields map[string]json.RawMessage
	var health Health
	if json.Unmarshal(a.body, &fields) != nil || json.Unmarshal(a.body, &health) != nil {
		return Health{}, false
	}
	if initialized := string(fields["initialized"]); initialized != "true" && initialized != "false" {
		return Health{}, false // this field tells Vault's answer from any other object
	}
	health.Version, health.ClusterName = clean(health.Version, nil), clean(health.ClusterName, nil)
	health.Product = productOfHealth(fields)
	return health, true
}
