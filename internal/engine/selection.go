package engine

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Selection says which Secrets are in view.
type Selection struct {
	// Namespaces to look in, each once; none: all of the cluster's.
	Namespaces []string
	// Names of Secrets in the one namespace, labelled as sealed or not. None: all that are labelled.
	Names []string
	// Selector further narrows a list, in Kubernetes' syntax for labels.
	Selector string
	// Discover takes into a list also what is not labelled and looks sealed.
	Discover bool
}

// LabelSelector is what a list of the selection selects on.
func (s Selection) LabelSelector() string {
	if s.Discover {
		return s.Selector
	}
	return strings.TrimSuffix(sealed.Selector+","+s.Selector, ",")
}

func (s Selection) listOptions() metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: s.LabelSelector()}
}

// takes tells whether a Secret of the list is in view.
func (s Selection) takes(live *corev1.Secret) bool {
	return !s.Discover || live.Labels[sealed.Label] == sealed.LabelValue || sealed.LooksSealed(live)
}

// partial tells whether Secrets under the same transit key may be out of view.
func (s Selection) partial() bool {
	return len(s.Namespaces) > 0 || len(s.Names) > 0 || s.Selector != ""
}

// Lists are the namespaces to list one after the other; metav1.NamespaceAll is the whole cluster.
func (s Selection) Lists() []string {
	if len(s.Namespaces) == 0 {
		return []string{metav1.NamespaceAll}
	}
	return s.Namespaces
}

// storedSecret is one Secret in view, or the reason why it could not be read.
type storedSecret struct {
	live *corev1.Secret // namespace and name are set even with err
	err  error

	file     string         // that it stands in; empty: it is in the cluster
	line     int            // of the file, with err; 0: not known
	manifest *corev1.Secret // in the file
}

// each hands out the Secrets in view, page by page, until yield fails.
func (c *Client) each(ctx context.Context, selection Selection, yield func([]storedSecret) error) error {
	if c.manifests != nil {
		return yield(storedSecrets(c.manifests))
	}
	if len(selection.Names) > 0 {
		page, err := c.named(ctx, selection)
		if err != nil {
			return err
		}
		return yield(page)
	}
	return c.lists(ctx, selection, func(items []corev1.Secret) error {
		page := make([]storedSecret, 0, len(items))
		for i := range items {
			if selection.takes(&items[i]) {
				live := items[i] // a copy: a pointer would keep the whole page while this one waits
				page = append(page, storedSecret{live: &live})
			}
		}
		return yield(page)
	})
}

// lists hands out the lists of a selection page by page, until yield fails.
func (c *Client) lists(ctx context.Context, selection Selection, yield func([]corev1.Secret) error) error {
	for _, namespace := range selection.Lists() {
		if err := c.list(ctx, namespace, selection.listOptions(), yield); err != nil {
			return err
		}
	}
	return nil
}

// named reads the Secrets that were asked for by name, each once. One that
// cannot be read is a storedSecret with an error; an API server that cannot be
// reached at all is an error.
func (c *Client) named(ctx context.Context, selection Selection) ([]storedSecret, error) {
	names := slices.Clone(selection.Names)
	slices.Sort(names)
	names = slices.Compact(names)
	page, namespace := make([]storedSecret, len(names)), selection.Namespaces[0]
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.concurrency)
	for i, name := range names {
		group.Go(func() error {
			live, err := c.get(ctx, namespace, name)
			if err != nil {
				live = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
			}
			page[i] = storedSecret{live: live, err: err}
			if fatal(err) {
				return err
			}
			return nil
		})
	}
	return page, group.Wait()
}
