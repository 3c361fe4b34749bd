package doctor

import (
	"errors"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Kind is the kind of a Diagnosis.
const Kind = "Diagnosis"

// Status is the result of a check.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Warning Status = "warning" // works, but could be improved
	Failed  Status = "failed"
	Skipped Status = "skipped" // a check that it depends on has failed, or it does not apply
)

// ID names a check. It stays the same in all releases, and is the anchor of its section in Page.
type ID string

// Page has a section for each check.
const Page = "https://github.com/vaultseal/kubectl-vaultseal/blob/main/docs/troubleshooting.md"

// URL is the address of the check's section in Page.
func (id ID) URL() string { return Page + "#" + string(id) }

// The checks, in the order of the chain.
const (
	APIServer        ID = "api-server"
	SecretRights     ID = "may-use-secrets"
	Configuration    ID = "configuration"
	AccountToken     ID = "service-account-token"
	VaultAddress     ID = "vault-address"
	VaultCertificate ID = "vault-certificate"
	VaultStatus      ID = "vault-status"
	SigningKeys      ID = "signing-keys"
	Proxies          ID = "proxies"
	Clock            ID = "clock"
	VaultLogin       ID = "vault-login"
	RoleAudience     ID = "role-audience"
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

	WorkloadFound    ID = "workload"
	WorkloadAccount  ID = "workload-account"
	WorkloadSecrets  ID = "workload-secrets"
	WorkloadInjected ID = "workload-injected"
	WorkloadNodes    ID = "workload-nodes"
	WorkloadSettings ID = "workload-settings"
	SecretOpens      ID = "secret-opens" // once for each Secret
)

// Check is one step between the kubeconfig and a sealed entry.
type Check struct {
	ID      ID     `json:"id"`
	Status  Status `json:"status"`
	Summary string `json:"summary"`
	Hint    string `json:"hint,omitempty"` // how to fix it, one line for each step
	URL     string `json:"url,omitempty"`  // of a failure or warning: what to know about the check

	problems []error // of a failure or warning, the most important one first
	missing  fact    // of a check that was not made: what it needs; empty: it was skipped for another reason
}

// Versions are those of the programs, where they are known.
type Versions struct {
	Plugin     string `json:"plugin,omitempty"`
	Kubernetes string `json:"kubernetes,omitempty"`
	Vault      string `json:"vault,omitempty"`
	Product    string `json:"product,omitempty"` // Vault or OpenBao, whose version Vault is; empty: not known
}

// Diagnosis is the report of all checks.
type Diagnosis struct {
	metav1.TypeMeta `json:",inline"`

	Redacted bool `json:"redacted,omitempty"` // names are replaced by placeholders

	Namespace string   `json:"namespace,omitempty"` // of the Secrets that were checked for
	Workload  string   `json:"workload,omitempty"`  // KIND/NAME, if one was examined
	Versions  Versions `json:"versions"`
	// FirstCause is the check to fix first: a failed one, or one whose warning explains a failure. Empty: none failed.
	FirstCause ID      `json:"firstCause,omitempty"`
	Checks     []Check `json:"checks"`

	// Unrevoked is the reason why the Vault token of the diagnosis may still be valid.
	Unrevoked error `json:"-"`
}

// Count returns the number of checks with a status.
func (d *Diagnosis) Count(status Status) int {
	n := 0
	for _, check := range d.Checks {
		if check.Status == status {
			n++
		}
	}
	return n
}

// First returns the check of FirstCause; nil: nothing failed.
func (d *Diagnosis) First() *Check {
	n := slices.IndexFunc(d.Checks, func(check Check) bool { return check.ID == d.FirstCause && check.bad() })
	if n < 0 {
		return nil
	}
	return &d.Checks[n]
}

// NotSetUp reports whether all that is wrong is that the cluster has no configuration.
func (d *Diagnosis) NotSetUp() bool {
	first := d.First()
	return first != nil && has[*NotSetUpError](first)
}

// NotMade reports whether the check was skipped because something that it needs is missing. Other checks are skipped
// because they are not needed, or because you have no right to know.
func (c *Check) NotMade() bool { return c.missing != "" }

// bad reports whether there is something to fix.
func (c *Check) bad() bool { return c.Status == Failed || c.Status == Warning }

// has reports whether a check has a problem of type E.
func has[E error](c *Check) bool {
	return slices.ContainsFunc(c.problems, is[E])
}

// Denied reports whether something failed, and everything that failed was denied or not authenticated by Kubernetes or
// Vault.
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
