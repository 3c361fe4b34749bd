package signingkeys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

const (
	// mostKeys of a set are read. A cluster publishes a few.
	mostKeys = 100
	// mostBits of an RSA key are read, because the time to verify grows with them.
	mostBits = 16384
)

// Set are public keys. Keys without an ID, as those in PEM, can verify any token.
type Set struct{ keys []jose.JSONWebKey }

// ParseJWKS reads a JSON Web Key Set (RFC 7517).
func ParseJWKS(text []byte) (Set, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return Set{}, errors.New("not a JSON Web Key Set")
	}
	return newSet(set.Keys)
}

// ParsePEM reads public keys, each a PEM block.
func ParsePEM(texts []string) (Set, error) {
	keys := make([]jose.JSONWebKey, 0, len(texts))
	for n, text := range texts {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return Set{}, fmt.Errorf("key %d is not PEM", n+1)
		}
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return Set{}, fmt.Errorf("key %d is not a public key", n+1)
		}
		keys = append(keys, jose.JSONWebKey{Key: key})
	}
	return newSet(keys)
}

func newSet(keys []jose.JSONWebKey) (Set, error) {
	switch {
	case len(keys) == 0:
		return Set{}, errors.New("it has no keys")
	case len(keys) > mostKeys:
		return Set{}, fmt.Errorf("it has %d keys, more than %d", len(keys), mostKeys)
	}
	for _, key := range keys {
		switch public := key.Key.(type) {
		case *rsa.PublicKey:
			if public.N.BitLen() > mostBits {
				return Set{}, fmt.Errorf("key %.200q has more than %d bits", key.KeyID, mostBits)
			}
		case *ecdsa.PublicKey, ed25519.PublicKey:
		default: // a private or a symmetric key: anyone could sign with it
			return Set{}, fmt.Errorf("key %.200q is not a public key", key.KeyID)
		}
	}
	return Set{keys}, nil
}

// Len is the number of keys.
func (s Set) Len() int { return len(s.keys) }

// PEM returns each key as a PEM block.
func (s Set) PEM() ([]string, error) {
	texts := make([]string, 0, len(s.keys))
	for _, key := range s.keys {
		der, err := x509.MarshalPKIXPublicKey(key.Key)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", key.KeyID, err)
		}
		texts = append(texts, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	}
	return texts, nil
}

// SharesKey reports whether one of the PEM keys is in the set.
func (s Set) SharesKey(texts []string) bool {
	own, _ := s.PEM() // keys of a Set can be marshalled
	for _, text := range texts {
		for _, key := range own {
			if strings.TrimSpace(key) == strings.TrimSpace(text) {
				return true
			}
		}
	}
	return false
}
