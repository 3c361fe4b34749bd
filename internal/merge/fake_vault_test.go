package merge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// fakeVault seals so that a ciphertext opens with its key and context only, and each time differs.
type fakeVault struct {
	version    int
	nonce      uint32
	configured string // the key that seals
	opens      int    // calls
	seals      int    // calls
	sealed     int    // values
	down       error
}

const tagLen = 28

func (v *fakeVault) tag(key transit.Key, context []byte) []byte {
	sum := sha256.Sum256(append([]byte(key.String()+"\x00"), context...))
	return sum[:tagLen-4]
}

func (v *fakeVault) seal(secret sealed.Secret, entry, value string) string {
	v.nonce++
	body := binary.BigEndian.AppendUint32(nil, v.nonce)
	body = append(append(body, v.tag(secret.Key, secret.Context(entry))...), value...)
	return fmt.Sprintf("vault:v%d:%s", v.version, base64.StdEncoding.EncodeToString(body))
}

func (v *fakeVault) open(secret sealed.Secret, e sealed.Entry) ([]byte, error) {
	_, payload, _ := bytes.Cut([]byte(e.Ciphertext.String())[len("vault:v"):], []byte(":"))
	body, err := base64.StdEncoding.DecodeString(string(payload))
	if err != nil || !bytes.Equal(body[4:tagLen], v.tag(secret.Key, secret.Context(e.Name))) {
		return nil, errors.New("does not authenticate")
	}
	return body[tagLen:], nil
}

func (v *fakeVault) OpenEach(_ context.Context, secrets []sealed.Secret) [][]engine.OpenedEntry {
	v.opens++
	all := make([][]engine.OpenedEntry, len(secrets))
	for i, secret := range secrets {
		for _, e := range secret.Entries {
			opened := engine.OpenedEntry{Err: v.down}
			if v.down == nil {
				opened.Plaintext, opened.Err = v.open(secret, e)
			}
			all[i] = append(all[i], opened)
		}
	}
	return all
}

func (v *fakeVault) SealEach(
	_ context.Context, secret sealed.Secret, values map[string][]byte,
) (map[string]transit.Ciphertext, error) {
	v.seals++
	if v.down != nil {
		return nil, v.down
	}
	if secret.Key.String() != v.configured {
		return nil, errors.New("another key is configured")
	}
	all := map[string]transit.Ciphertext{}
	for name, value := range values {
		v.sealed++
		ciphertext, err := transit.ParseCiphertext(v.seal(secret, name, string(value)))
		if err != nil {
			return nil, err
		}
		all[name] = ciphertext
	}
	return all, nil
}
