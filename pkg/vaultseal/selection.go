package vaultseal

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	// Namespace to look in; empty is all of them.
	Namespace string
	// Names of Secrets in Namespace, labelled as sealed or not. None: all that are labelled.
	Names []string
	// Selector further narrows a list, in Kubernetes' syntax for labels.
	Selector string
}

func (s Selection) listOptions() metav1.ListOptions {
	selector := sealed.Selector
	if s.Selector != "" {
		selector += "," + s.Selector
	}
	return metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
}

// partial tells whether Secrets under the same transit key may be out of view.
func (s Selection) partial() bool {
	return s.Namespace != "" || len(s.Names) > 0 || s.Selector != ""
}

// sighting is one Secret in view, or the reason why it could not be read.
type sighting struct {
	live *corev1.Secret // namespace and name are set even with err
	err  error
}

// each hands out the Secrets in view, page by page, until yield fails. A list
// that expires between two pages goes on where it was.
func (c *Client) each(ctx context.Context, selection Selection, yield func([]sighting) error) error {
	if len(selection.Names) > 0 {
		page, err := c.named(ctx, selection)
		if err != nil {
			return err
		}
		return yield(page)
	}
	options := selection.listOptions()
	for {
		list, err := c.secrets.Secrets(selection.Namespace).List(ctx, options)
		if token := resumeToken(err); token != "" {
			options.Continue = token
			continue
		}
		if err != nil {
			return fmt.Errorf("list sealed secrets: %w", KubernetesError(err))
		}
		page := make([]sighting, len(list.Items))
		for i := range list.Items {
			live := list.Items[i] // a copy: a pointer would keep the whole page while this one waits
			page[i].live = &live
		}
		if err := yield(page); err != nil {
			return err
		}
		if options.Continue = list.Continue; options.Continue == "" {
			return nil
		}
	}
}

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
	page := make([]sighting, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.concurrency)
	for i, name := range names {
		group.Go(func() error {
			live, err := c.get(ctx, selection.Namespace, name)
			if err != nil {
				live = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: selection.Namespace, Name: name}}
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
