package plugin

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// moveTo copies or moves a Secret of the cluster.
func (o *resealOptions) moveTo(ctx context.Context, c *connection, request engine.ResealRequest) error {
	same := sealed.Place{Namespace: c.namespace, Name: request.Name}
	if placeOr(request.ToPlace, same) == same {
		return usagef("secret %s is already in namespace %s", request.Name, c.namespace)
	}
	result, err := c.Move(ctx, request, o.move)
	if err != nil {
		return resealError(err)
	}
	secret, err := o.report(&result.CreateResult, nil)
	if err != nil {
		return err
	}
	if result.Deleted && o.output.value == outputHuman {
		if err := o.printLine(request.Name, "deleted from namespace "+c.namespace); err != nil {
			return err
		}
	}
	return o.printAll([]*corev1.Secret{secret})
}

// placeOr is a place whose empty parts are those of another.
func placeOr(place, other sealed.Place) sealed.Place {
	if place.Namespace == "" {
		place.Namespace = other.Namespace
	}
	if place.Name == "" {
		place.Name = other.Name
	}
	return place
}
