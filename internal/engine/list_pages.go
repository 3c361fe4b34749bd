package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

const (
	// pageSize is the maximum number of Secrets that one list request asks for.
	pageSize = 500
	// maxPageBytes is the maximum size of a page. The API server limits the number of Secrets, not of bytes, and a
	// Secret may have 1 MiB.
	maxPageBytes = 16 << 20
	// maxExpiries is how often in a row a list may expire without yielding anything.
	maxExpiries = 10
)

// list passes a list to yield, page by page, until yield fails. It requests a page that is too large again with half
// the limit, and lets later pages grow again. If the list expires between two pages, it continues after the last Secret
// that it passed: with the token of the API server's answer, else from the start, where it skips known Secrets.
func (c *Cluster) list(
	ctx context.Context, namespace string, options metav1.ListOptions, yield func([]corev1.Secret) error,
) error {
	last, known, expired := "", "", 0
	for options.Limit = pageSize; ; {
		bound := &kube.BodyLimit{Most: maxPageBytes}
		list, err := c.secrets.Secrets(namespace).List(bound.In(ctx), options)
		var large *kube.BodyTooLargeError
		switch {
		case errors.As(err, &large) && options.Limit > 1:
			options.Limit /= 2
			continue
		case errors.As(err, &large):
			return fmt.Errorf("list secrets: the answer for a single Secret is larger than %d bytes", large.Most)
		case apierrors.IsResourceExpired(err) && options.Continue != "" && expired < maxExpiries:
			if options.Continue = resumeToken(err); options.Continue == "" {
				known = last
			}
			expired++
			continue
		case err != nil:
			return fmt.Errorf("list secrets: %w", kube.Classify(err))
		}
		options.Limit = nextLimit(bound, options.Limit)
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

// nextLimit is the limit of the next page. It grows if a larger page would have been small enough too.
func nextLimit(page *kube.BodyLimit, limit int64) int64 {
	if page.Read > page.Most/2 {
		return limit
	}
	return min(pageSize, limit+(limit+1)/2)
}

// place is the sort key of the API server's lists.
func place(s *corev1.Secret) string { return s.Namespace + "/" + s.Name }

// resumeToken is the token with which the API server lets an expired list continue.
func resumeToken(err error) string {
	var status apierrors.APIStatus
	if apierrors.IsResourceExpired(err) && errors.As(err, &status) {
		return status.Status().Continue
	}
	return ""
}
