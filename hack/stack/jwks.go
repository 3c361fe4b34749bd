package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// publicKeys turns a JSON Web Key Set (RFC 7517) into PEM public keys.
func publicKeys(keySet []byte) ([]string, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keySet, &set); err != nil {
		return nil, fmt.Errorf("read key set: %w", err)
	}
	var keys []string
	for _, key := range set.Keys {
		der, err := x509.MarshalPKIXPublicKey(key.Key)
		if err != nil {
			return nil, fmt.Errorf("key %q of the key set: %w", key.KeyID, err)
		}
		keys = append(keys, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set is empty")
	}
	return keys, nil
}
