package engine

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Selection says which Secrets are in view.
type Selection struct {
	// Namespaces to list, each once; none: all namespaces of the cluster.
	Namespaces []string
	// Names of Secrets in the one namespace, labelled as sealed or not; none: all labelled Secrets.
	Names []string
	// Selector is a further label selector for lists.
	Selector string
	// Discover includes Secrets without the label that look sealed.
	Discover bool
	// All includes all Secrets, sealed or not.
	All bool
}

// LabelSelector is the label selector of the selection's lists.
func (s Selection) LabelSelector() string {
	if s.Discover || s.All {
		return s.Selector
	}
	return strings.TrimSuffix(sealed.Selector+","+s.Selector, ",")
}

func (s Selection) listOptions() metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: s.LabelSelector()}
}

// takes reports whether a Secret of the list is in view.
func (s Selection) takes(live *corev1.Secret) bool {
	return s.All || !s.Discover || live.Labels[sealed.Label] == sealed.LabelValue || sealed.LooksSealed(live)
}

// partial reports whether Secrets of the same transit key may be out of view.
func (s Selection) partial() bool {
	return len(s.Namespaces) > 0 || len(s.Names) > 0 || s.Selector != ""
}

// Lists are the namespaces to list, one after the other; metav1.NamespaceAll is the whole cluster.
func (s Selection) Lists() []string {
	if len(s.Namespaces) == 0 {
		return []string{metav1.NamespaceAll}
	}
	return s.Namespaces
}
