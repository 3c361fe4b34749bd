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
	// pageSize is how many Secrets one list request asks for at most.
	pageSize = 500
	// maxPageBytes is how much of a page is read. The API server counts Secrets and not bytes, and a Secret may have
	// 1 MiB.
	maxPageBytes = 16 << 20
	// maxExpiries is how often in a row a list may expire before it yields anything.
	maxExpiries = 10
)

// list hands out a list page by page, until yield fails. A page that is too large is asked for again with half the
// limit, and later pages grow again. A list that expires between two pages goes on behind the last Secret that was
// handed out: where the API server says so, or else from the start, past what is known.
func (c *Cluster) list(ctx context.Context, namespace string, options metav1.ListOptions, yield func([]corev1.Secret) error) error {
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

// nextLimit is the limit of the page after one of this limit. It grows where a larger page would have been small enough too.
func nextLimit(page *kube.BodyLimit, limit int64) int64 {
	if page.Read > page.Most/2 {
		return limit
	}
	return min(pageSize, limit+(limit+1)/2)
}

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
