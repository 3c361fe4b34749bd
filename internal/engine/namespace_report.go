package engine

import (
	"errors"
	"maps"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// NamespaceReport is about the Secrets of one namespace in files.
type NamespaceReport struct {
	Namespace string `json:"namespace"`
	// Secrets is their number.
	Secrets int             `json:"secrets"`
	Status  NamespaceStatus `json:"status"`
}

// NamespaceStatus reports whether the Secrets of a namespace were in view.
type NamespaceStatus string

// The statuses.
const (
	InView    NamespaceStatus = "in-view"
	OutOfView NamespaceStatus = "out-of-view" // the user specified another one
	NotSetUp  NamespaceStatus = "not-set-up"  // it has no ServiceAccount for the login, or no transit key
)

// namespaceFailure is the failure of a Secret, and its transit key; empty: not known.
type namespaceFailure struct {
	namespace, key string
	err            error
}

// inView returns the Secrets of a page that are in view. It counts Secrets in files by namespace.
func (p *pass) inView(page []Stored) []Stored {
	for _, stored := range page {
		namespace := stored.Secret.Namespace
		if stored.File == "" || namespace == "" {
			continue // it is in the cluster, or has no namespace, or could not be read
		}
		if p.namespaces[namespace] == nil {
			p.namespaces[namespace] = &NamespaceReport{Namespace: namespace, Status: InView}
		}
		p.namespaces[namespace].Secrets++
		if errors.Is(stored.Err, ErrOutOfView) {
			p.namespaces[namespace].Status = OutOfView
		}
	}
	return slices.DeleteFunc(page, func(stored Stored) bool { return errors.Is(stored.Err, ErrOutOfView) })
}

// namespaceReports are the reports of the files' namespaces, sorted by name; none for a cluster.
func (p *pass) namespaceReports(failures []namespaceFailure) []NamespaceReport {
	var reports []NamespaceReport
	for _, namespace := range slices.Sorted(maps.Keys(p.namespaces)) {
		report := *p.namespaces[namespace]
		notSetUp := func(f namespaceFailure) bool { return f.namespace == namespace && p.client.notSetUp(f) }
		if slices.ContainsFunc(failures, notSetUp) {
			report.Status = NotSetUp
		}
		reports = append(reports, report)
	}
	return reports
}

// notSetUp reports whether the namespace of a failure is not set up: its own account or its configured key does not
// exist. A missing key that only an annotation names is no sign of that.
func (c *Client) notSetUp(f namespaceFailure) bool {
	var account *kube.AccountError
	if errors.As(f.err, &account) && errors.Is(f.err, kube.ErrAccountNotFound) {
		return account.Account.Namespace == f.namespace
	}
	configured, err := c.configuredKey(f.namespace)
	return errors.Is(f.err, transit.ErrKeyNotFound) && err == nil && c.keys.PerNamespace() &&
		configured.String() == f.key
}

// failures are the failures of a rotation. For files the report lists every Secret.
func (r *RotationReport) failures() []namespaceFailure {
	var failures []namespaceFailure
	for _, secret := range r.Secrets {
		failures = append(failures, namespaceFailure{secret.Namespace, secret.TransitKey, secret.Err})
	}
	return failures
}
