package setup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
)

// SigningKeys returns the public keys of the cluster's ServiceAccount tokens, as PEM.
func SigningKeys(ctx context.Context, core corev1client.CoreV1Interface) ([]string, error) {
	const at = "/openid/v1/jwks"
	answer, err := core.RESTClient().Get().AbsPath(at).SetHeader("Accept", "application/jwk-set+json").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the key set of the cluster at %s: %w", at, kube.Classify(err))
	}
	keys, err := publicKeys(answer)
	if err != nil {
		return nil, fmt.Errorf("the cluster's signing keys at %s: %w", at, err)
	}
	return keys, nil
}

// publicKeys reads a JSON Web Key Set.
func publicKeys(keySet []byte) ([]string, error) {
	set, err := signingkeys.ParseJWKS(keySet)
	if err != nil {
		return nil, err
	}
	return set.PEM()
}

// Issuer returns the issuer that the API server writes into ServiceAccount tokens.
func Issuer(ctx context.Context, core corev1client.CoreV1Interface) (string, error) {
	const at = "/.well-known/openid-configuration"
	answer, err := core.RESTClient().Get().AbsPath(at).SetHeader("Accept", "application/json").DoRaw(ctx)
	if err != nil {
		return "", fmt.Errorf("read the issuer of the cluster's tokens at %s: %w", at, kube.Classify(err))
	}
	var document struct {
		Issuer string `json:"issuer"`
	}
	if err = json.Unmarshal(answer, &document); err != nil {
		err = errors.New("not a JSON document")
	} else {
		err = signingkeys.CheckIssuer(document.Issuer)
	}
	if err != nil {
		return "", fmt.Errorf("the issuer of the cluster's tokens at %s: %w", at, err)
	}
	return document.Issuer, nil
}
