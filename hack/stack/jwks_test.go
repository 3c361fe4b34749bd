package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func TestPublicKeys(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: "a",
		Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := publicKeys(set)
	if err != nil || len(keys) != 1 {
		t.Fatalf("got %d keys, %v", len(keys), err)
	}
	block, _ := pem.Decode([]byte(keys[0]))
	got, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !private.PublicKey.Equal(got) {
		t.Error("the key came back as another")
	}

	for _, bad := range []string{`{"keys":[]}`, `{`, ``} {
		if _, err := publicKeys([]byte(bad)); err == nil {
			t.Errorf("%q was taken for a key set", bad)
		}
	}
}
