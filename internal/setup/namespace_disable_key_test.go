package setup

import (
	"context"
	"errors"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// oneKey is a Vault with one key, whose answers may be lost.
type oneKey struct {
	info                     transit.KeyInfo
	rotations                int
	lost, refused, unrotated error // answers of SetMinVersions after and instead of doing it, and of Rotate
}

func (k *oneKey) Key(context.Context, transit.Key) (transit.KeyInfo, error) { return k.info, nil }

func (k *oneKey) Rotate(_ context.Context, before transit.KeyInfo) (transit.KeyInfo, error) {
	k.rotations++
	if k.unrotated == nil {
		k.info.LatestVersion = before.LatestVersion + 1
	}
	return k.info, k.unrotated
}

func (k *oneKey) SetMinVersions(_ context.Context, _ transit.Key, to transit.MinVersions) error {
	if k.refused != nil {
		return k.refused
	}
	k.info.MinDecryptionVersion, k.info.MinEncryptionVersion = to.Decryption, to.Encryption
	return k.lost
}

// TestDisablingRotatesOnce: with any lost answers, and the error names what is left to do.
func TestDisablingRotatesOnce(t *testing.T) {
	gone := errors.New("gone")
	for name, test := range map[string]struct {
		vault oneKey
		fails bool
		made  int // the version that the error names
	}{
		"done":                     {oneKey{}, false, 0},
		"done, the answer is lost": {oneKey{lost: gone}, false, 0},
		"not raised":               {oneKey{refused: gone}, true, 4},
		"not rotated":              {oneKey{unrotated: gone}, true, 0},
	} {
		vault := test.vault
		vault.info = transit.KeyInfo{LatestVersion: 3, MinDecryptionVersion: 2}
		err := disabling{keys: &vault, key: transit.Key{Mount: "m", Name: "k"}}.apply(t.Context())
		var disable *DisableError
		switch {
		case vault.rotations != 1:
			t.Errorf("%s: rotated %d times", name, vault.rotations)
		case !test.fails &&
			(err != nil || vault.info.MinVersions() != transit.MinVersions{Decryption: 4, Encryption: 4}):
			t.Errorf("%s: %v, the key is %+v", name, err, vault.info)
		case test.fails && (!errors.As(err, &disable) || disable.Key.Name != "k" || disable.New != test.made ||
			!errors.Is(err, gone)):
			t.Errorf("%s: %v", name, err)
		}
	}
}
