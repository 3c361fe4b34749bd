package engine

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Surveyed is a Secret of Survey. It has no value.
type Surveyed struct {
	Namespace, Name string
	Type            corev1.SecretType
	Left            *sealed.LeftError // why it must not be sealed; nil: it can be
	Err             error             // it cannot be read
}

// Survey says which Secrets of a selection can be sealed. installation is the namespace of vaultseal's own objects. It
// does not use Vault, and keeps no value.
func (c *Client) Survey(ctx context.Context, selection Selection, installation string) ([]Surveyed, error) {
	selection.All = len(selection.Names) == 0
	var all []Surveyed
	err := c.store.Each(ctx, selection, func(page []Stored) error {
		for _, stored := range page {
			one := Surveyed{Namespace: stored.Secret.Namespace, Name: stored.Secret.Name, Type: stored.Secret.Type,
				Err: stored.Err}
			if one.Err == nil {
				one.Left = c.left(stored.Secret, installation)
			}
			all = append(all, one)
		}
		return nil
	})
	return all, err
}

// left returns why a live Secret must not be sealed; nil: it can be.
func (c *Client) left(live *corev1.Secret, installation string) *sealed.LeftError {
	var left *sealed.LeftError
	if errors.As(sealed.CheckLive(live, installation), &left) {
		return left
	}
	if by := c.store.ManagedBy(live); by != "" {
		return &sealed.LeftError{Reason: sealed.LeftManaged, Err: fmt.Errorf("%s manages it", by)}
	}
	if len(live.Data) == 0 {
		return &sealed.LeftError{Reason: sealed.LeftEmpty, Err: errors.New("it has no entries")}
	}
	if read, err := sealed.Read(live); err == nil && read.IsSealed() {
		return &sealed.LeftError{Reason: sealed.LeftSealed, Err: errors.New("it is already sealed")}
	}
	return nil
}

// checkLive is the check of each attempt: the Secret may have changed since it was listed.
func (c *Client) checkLive(live *corev1.Secret, installation string) error {
	left := c.left(live, installation)
	if left == nil || left.Reason == sealed.LeftEmpty || left.Reason == sealed.LeftSealed {
		return nil // planFor says more about these
	}
	return &NotReplaceableError{Namespace: live.Namespace, Name: live.Name, Reason: left}
}

// CreateEach creates Secrets one after the other, and passes each result or error to yield, until yield fails. It stops
// with an error that would occur with every other Secret too. One that would occur with all Secrets of a namespace is
// passed for each of them, and does not occur twice.
func (c *Client) CreateEach(
	ctx context.Context, requests []CreateRequest, yield func(CreateRequest, *CreateResult, error) error,
) error {
	refused := map[string]error{}
	for _, request := range requests {
		err := refused[request.Namespace]
		var result *CreateResult
		if err == nil {
			result, err = c.Create(ctx, request)
		}
		switch {
		case ofNamespace(err):
			refused[request.Namespace] = err
		case fatal(err):
			return err
		}
		if err := yield(request, result, err); err != nil {
			return err
		}
	}
	return nil
}

// ofNamespace reports whether an error would occur with every Secret of its namespace, and maybe not with others: each
// namespace has a ServiceAccount of its own.
func ofNamespace(err error) bool {
	var account *kube.AccountError
	return errors.As(err, &account) || errors.Is(err, transit.ErrUnauthenticated)
}
