package engine

import (
	"errors"
	"maps"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// NamespaceReport says what became of the Secrets that files have for one namespace.
type NamespaceReport struct {
	Namespace string `json:"namespace"`
	// Secrets is how many the files have.
	Secrets int             `json:"secrets"`
	Status  NamespaceStatus `json:"status"`
}

// NamespaceStatus says whether the Secrets of a namespace were in view.
type NamespaceStatus string

// The statuses.
const (
	InView    NamespaceStatus = "in-view"
	OutOfView NamespaceStatus = "out-of-view" // another one was given
	NotSetUp  NamespaceStatus = "not-set-up"  // it has no ServiceAccount to log in with, or no transit key
)

// namespaceFailure is why nothing could be done about a Secret, and with which key it was tried; none: it was not known.
type namespaceFailure struct {
	namespace, key string
	err            error
}

// inView leaves the Secrets of a page that are in view, and counts those of files by namespace.
func (p *pass) inView(page []Stored) []Stored {
	for _, stored := range page {
		namespace := stored.Secret.Namespace
		if stored.File == "" || namespace == "" {
			continue // in the cluster; or it could not be read, or does not say its namespace
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

// namespaceReports are about the namespaces of files that the pass has seen, sorted by name; none for a cluster.
func (p *pass) namespaceReports(failures []namespaceFailure) []NamespaceReport {
	var reports []NamespaceReport
	for _, namespace := range slices.Sorted(maps.Keys(p.namespaces)) {
		report := *p.namespaces[namespace]
		if slices.ContainsFunc(failures, func(f namespaceFailure) bool { return f.namespace == namespace && p.client.notSetUp(f) }) {
			report.Status = NotSetUp
		}
		reports = append(reports, report)
	}
	return reports
}

// notSetUp tells that a failure is what a namespace without setup ends with: its own account or the key configured for
// it does not exist. That another key does not exist, which an annotation may say, tells nothing.
func (c *Client) notSetUp(f namespaceFailure) bool {
	var account *kube.AccountError
	if errors.As(f.err, &account) && errors.Is(f.err, kube.ErrAccountNotFound) {
		return account.Account.Namespace == f.namespace
	}
	configured, err := c.configuredKey(f.namespace)
	return errors.Is(f.err, transit.ErrKeyNotFound) && err == nil && c.keys.PerNamespace() && configured.String() == f.key
}

// failures are those of a rotation. In files every Secret is listed.
func (r *RotationReport) failures() []namespaceFailure {
	var failures []namespaceFailure
	for _, secret := range r.Secrets {
		failures = append(failures, namespaceFailure{secret.Namespace, secret.TransitKey, secret.Err})
	}
	return failures
}
