package vaultseal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
)

// pageSize is how many Secrets one list request asks for.
const pageSize = 500

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
	return metav1.ListOptions{LabelSelector: s.LabelSelector(), Limit: pageSize}
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

// sighting is one Secret in view, or the reason why it could not be read.
type sighting struct {
	live *corev1.Secret // namespace and name are set even with err
	err  error

	file     string         // that it stands in; empty: it is in the cluster
	line     int            // of the file, with err; 0: not known
	manifest *corev1.Secret // in the file
}

// each hands out the Secrets in view, page by page, until yield fails.
func (c *Client) each(ctx context.Context, selection Selection, yield func([]sighting) error) error {
	if c.manifests != nil {
		return yield(sightings(c.manifests))
	}
	if len(selection.Names) > 0 {
		page, err := c.named(ctx, selection)
		if err != nil {
			return err
		}
		return yield(page)
	}
	return c.lists(ctx, selection, func(items []corev1.Secret) error {
		page := make([]sighting, 0, len(items))
		for i := range items {
			if selection.takes(&items[i]) {
				live := items[i] // a copy: a pointer would keep the whole page while this one waits
				page = append(page, sighting{live: &live})
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

// list hands out a list page by page, until yield fails. One that expires
// between two pages goes on behind the last Secret that was handed out: where
// the API server says so, or else from the start, past what is known.
func (c *Client) list(ctx context.Context, namespace string, options metav1.ListOptions, yield func([]corev1.Secret) error) error {
	last, known, expired := "", "", 0
	for {
		list, err := c.secrets.Secrets(namespace).List(ctx, options)
		if apierrors.IsResourceExpired(err) && options.Continue != "" && expired < maxExpiries {
			if options.Continue = resumeToken(err); options.Continue == "" {
				known = last
			}
			expired++
			continue
		}
		if err != nil {
			return fmt.Errorf("list secrets: %w", KubernetesError(err))
		}
		page := slices.DeleteFunc(list.Items, func(s corev1.Secret) bool { return known != "" && place(&s) <= known })
		if len(page) > 0 {
			last, expired = place(&page[len(page)-1]), 0
			if err := yield(page); err != nil {
				return err
			}
		}
		if options.Continue = list.Continue; options.Continue == "" {
			return nil
		}
	}
}

// maxExpiries is how often in a row a list may expire before it yields anything.
const maxExpiries = 10

// place is what the API server's lists are sorted by.
func place(s *corev1.Secret) string { return s.Namespace + "/" + s.Name }

// resumeToken is where the API server says that an expired list can go on.
func resumeToken(err error) string {
	var status apierrors.APIStatus
	if apierrors.IsResourceExpired(err) && errors.As(err, &status) {
		return status.Status().Continue
	}
	return ""
}

// named reads the Secrets that were asked for by name, each once. One that
// cannot be read is a sighting with an error; an API server that cannot be
// reached at all is an error.
func (c *Client) named(ctx context.Context, selection Selection) ([]sighting, error) {
	names := slices.Clone(selection.Names)
	slices.Sort(names)
	names = slices.Compact(names)
	page, namespace := make([]sighting, len(names)), selection.Namespaces[0]
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.concurrency)
	for i, name := range names {
		group.Go(func() error {
			live, err := c.get(ctx, namespace, name)
			if err != nil {
				live = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
			}
			page[i] = sighting{live: live, err: err}
			if fatal(err) {
				return err
			}
			return nil
		})
	}
	return page, group.Wait()
}
