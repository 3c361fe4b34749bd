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

// namespaces are those of the manifests, sorted by name; nil without manifests.
func (c *Client) namespaces(failures []namespaceFailure) []NamespaceReport {
	if c.manifests == nil {
		return nil
	}
	found := map[string]*NamespaceReport{}
	for _, m := range c.manifests.Secrets() {
		namespace := m.Secret.Namespace
		if namespace == "" {
			continue // it could not be read, or does not say it
		}
		if found[namespace] == nil {
			found[namespace] = &NamespaceReport{Namespace: namespace, Status: InView}
		}
		found[namespace].Secrets++
		if errors.Is(m.Err, ErrOutOfView) {
			found[namespace].Status = OutOfView
		}
	}
	reports := make([]NamespaceReport, 0, len(found))
	for _, namespace := range slices.Sorted(maps.Keys(found)) {
		if slices.ContainsFunc(failures, func(f namespaceFailure) bool { return f.namespace == namespace && c.notSetUp(f) }) {
			found[namespace].Status = NotSetUp
		}
		reports = append(reports, *found[namespace])
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
