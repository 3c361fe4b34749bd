package doctor

import (
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Kind is the kind of a Diagnosis.
const Kind = "Diagnosis"

// Status is what a check came to.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Warning Status = "warning" // works, but could be improved
	Failed  Status = "failed"
	Skipped Status = "skipped" // what it needs has failed, or it does not apply
)

// ID names a check.
type ID string

// The checks, in the order of the chain.
const (
	APIServer        ID = "api-server"
	SecretRights     ID = "may-use-secrets"
	Configuration    ID = "configuration"
	AccountToken     ID = "service-account-token"
	VaultAddress     ID = "vault-address"
	VaultCertificate ID = "vault-certificate"
	VaultStatus      ID = "vault-status"
	VaultLogin       ID = "vault-login"
	Capabilities     ID = "capabilities"
	MayEncrypt       ID = "may-encrypt"
	MayDecrypt       ID = "may-decrypt"
	MayRewrap        ID = "may-rewrap"
	MayReadKey       ID = "may-read-key"
	MayRotate        ID = "may-rotate"
	MayRevoke        ID = "may-revoke"
	LeastPrivilege   ID = "least-privilege"
	TransitKey       ID = "transit-key"
	RoundTrip        ID = "round-trip"
	Enforced         ID = "enforcement"
)

// Check is one link of the chain.
type Check struct {
	ID      ID     `json:"id"`
	Status  Status `json:"status"`
	Summary string `json:"summary"`
	Hint    string `json:"hint,omitempty"` // how to fix it, a line for each thing

	problems []error // of a failure or warning, the most important one first
}

// Diagnosis is the report on the whole chain.
type Diagnosis struct {
	metav1.TypeMeta `json:",inline"`

	Namespace string  `json:"namespace,omitempty"` // that the chain was walked for
	Checks    []Check `json:"checks"`

	// Unrevoked says why the Vault token that the diagnosis logged in for may live on.
	Unrevoked error `json:"-"`
}

// Count is how many checks came to a status.
func (d *Diagnosis) Count(status Status) int {
	n := 0
	for _, check := range d.Checks {
		if check.Status == status {
			n++
		}
	}
	return n
}

// Denied tells whether something has failed, and all of it because Kubernetes
// or Vault does not allow it or does not accept the credential.
func (d *Diagnosis) Denied() bool {
	for _, check := range d.Checks {
		if check.Status == Failed && !check.denied() {
			return false
		}
	}
	return d.Count(Failed) > 0
}

func (c *Check) denied() bool {
	return len(c.problems) > 0 &&
		(errors.Is(c.problems[0], transit.ErrDenied) || errors.Is(c.problems[0], transit.ErrUnauthenticated))
}
