package plugin

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// onlyExpires reports whether only the expiry changes. That needs no Vault.
func (o *resealOptions) onlyExpires() bool { return o.expires.Given && !o.sealsAgain() }

// setExpiry changes when a Secret of the cluster expires.
func (o *resealOptions) setExpiry(ctx context.Context, request engine.ResealRequest) error {
	c, err := o.globals.connectCluster(engine.ClusterOptions{FieldManager: *o.fieldManager})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	secret, err := o.report(c.SetExpiry(ctx, engine.ExpiryRequest{
		Namespace: c.namespace, Name: request.Name, Expires: request.Expires, DryRun: request.DryRun,
	}))
	if err != nil {
		return err
	}
	return o.printAll([]*corev1.Secret{secret})
}

// setExpiryOfFound changes when the Secrets of manifests expire.
func (o *resealOptions) setExpiryOfFound(_ context.Context, found []manifestToReseal, request engine.ResealRequest,
	edits map[*manifest.Text][]manifest.SecretEdit) ([]*engine.CreateResult, error) {
	results := make([]*engine.CreateResult, len(found))
	for n, m := range found {
		annotations, result, err := engine.ManifestExpiry(m.at.Secret, request.Expires)
		if err != nil {
			return nil, m.text.In(m.at, err)
		}
		results[n] = result
		if len(annotations) > 0 {
			edits[m.text] = append(edits[m.text], manifest.SecretEdit{At: m.at, Annotations: annotations})
		}
	}
	return results, nil
}

// expiryOf says when a Secret expires whose expiry has changed.
func expiryOf(annotations map[string]string) string {
	at, err := sealed.ParseTime(annotations[sealed.ExpiresAnnotation])
	if err != nil {
		return "never expires"
	}
	return "expires at " + sealed.FormatTime(at)
}
