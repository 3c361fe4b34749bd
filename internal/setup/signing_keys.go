package setup

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// SigningKeys returns the public keys of the cluster's ServiceAccount tokens, as PEM.
func SigningKeys(ctx context.Context, core corev1client.CoreV1Interface) ([]string, error) {
	const at = "/openid/v1/jwks"
	answer, err := core.RESTClient().Get().AbsPath(at).SetHeader("Accept", "application/jwk-set+json").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the cluster's signing keys at %s: %w", at, kube.Classify(err))
	}
	keys, err := publicKeys(answer)
	if err != nil {
		return nil, fmt.Errorf("the cluster's signing keys at %s: %w", at, err)
	}
	return keys, nil
}

// publicKeys reads a JSON Web Key Set (RFC 7517).
func publicKeys(keySet []byte) ([]string, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keySet, &set); err != nil {
		return nil, errors.New("not a JSON Web Key Set")
	}
	var keys []string
	for _, key := range set.Keys {
		der, err := x509.MarshalPKIXPublicKey(key.Key)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", key.KeyID, err)
		}
		keys = append(keys, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	}
	if len(keys) == 0 {
		return nil, errors.New("there are none")
	}
	return keys, nil
}
