package retirement

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// material is the key of a version, for tests.
func material(version int) []byte { return []byte(strings.Repeat(fmt.Sprint(version), 32)) }

// backup is what Vault returns of a key of which it opens only version 2.
func backup(derived bool) string {
	key := func(version int) string {
		return `{"key": "` + base64.StdEncoding.EncodeToString(material(version)) + `"}`
	}
	return base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(
		`{"policy": {"derived": %t, "keys": {"2": %s}}, "archived_keys": {"keys": [{"key": null}, %s, %s]}}`,
		derived, key(2), key(1), key(2))))
}

// seal is a ciphertext of a version; a context derives its key.
func seal(t *testing.T, version int, context string) []byte {
	t.Helper()
	key := material(version)
	var err error
	if context != "" {
		if key, err = hkdf.Key(sha256.New, key, nil, context, len(key)); err != nil {
			t.Fatal(err)
		}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, gcm.NonceSize())
	return fmt.Appendf(nil, "vault:v%d:%s", version,
		base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte("plaintext"), nil)))
}

func TestOpens(t *testing.T) {
	const strict = "v1/strict/ns/s/e"
	for name, c := range map[string]struct {
		derived bool
		value   []byte
		want    int // 0: it is not authentic
	}{
		"latest":                          {true, seal(t, 2, strict), 2},
		"does not open in Vault any more": {true, seal(t, 1, strict), 1},
		"whole namespace":                 {true, seal(t, 1, "v1/namespace-wide/ns"), 1},
		"whole cluster":                   {true, seal(t, 1, "v1/cluster-wide"), 1},
		"of another entry":                {true, seal(t, 1, "v1/strict/ns/s/f"), 0},
		"of another namespace":            {true, seal(t, 1, "v1/namespace-wide/other"), 0},
		"of another version":              {true, []byte(strings.Replace(string(seal(t, 1, strict)), "v1", "v2", 1)), 0},
		"of a version that never was":     {true, seal(t, 3, strict), 0},
		"not derived":                     {false, seal(t, 1, ""), 1},
		"no context":                      {true, seal(t, 1, ""), 0},
		"plaintext":                       {true, []byte("plaintext"), 0},
		"absent":                          {true, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := ReadBackup(backup(c.derived))
			if err != nil {
				t.Fatal(err)
			}
			secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "s"}}
			if c.value != nil {
				secret.Data = map[string][]byte{"e": c.value}
			}
			if version, opens := Opens(key)(secret, "e"); version != c.want || opens != (c.want > 0) {
				t.Errorf("%d, %t; want %d", version, opens, c.want)
			}
		})
	}
}

func TestReadBackupRefuses(t *testing.T) {
	for _, text := range []string{"", "not base64!", base64.StdEncoding.EncodeToString([]byte("{}"))} {
		if key, err := ReadBackup(text); err == nil {
			t.Errorf("%q: %d versions", text, len(key.Material))
		}
	}
}
