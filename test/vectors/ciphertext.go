package vectors

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Key is a transit key, read from a plaintext backup of Vault.
type Key struct {
	Derived bool
	// Material has the key of each version: 32 bytes, or 16 of an aes128-gcm96 key.
	Material map[int][]byte
}

// ReadBackup reads what Vault's transit/backup/NAME returns: the base64 of JSON.
func ReadBackup(backup string) (Key, error) {
	text, err := base64.StdEncoding.DecodeString(backup)
	if err != nil {
		return Key{}, err
	}
	var read struct {
		Policy struct {
			Derived bool
			Keys    map[int]struct{ Key []byte }
		}
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return Key{}, err
	}
	key := Key{Derived: read.Policy.Derived, Material: map[int][]byte{}}
	for version, each := range read.Policy.Keys {
		key.Material[version] = each.Key
	}
	return key, nil
}

// The sizes of AES-GCM, in bytes.
const (
	nonceSize = 12
	tagSize   = 16
)

// The errors of ReadCiphertext.
var (
	ErrPlaintext  = errors.New("not a ciphertext")
	ErrKeyVersion = errors.New("key version")
	ErrLineEnd    = errors.New("line end")
	ErrBase64     = errors.New("base64")
	ErrShort      = errors.New("too short")
)

// ReadCiphertext splits "vault:vN:BASE64" into the key version N and the bytes: nonce, encrypted plaintext and tag.
func ReadCiphertext(text string) (version int, sealed []byte, err error) {
	rest, found := strings.CutPrefix(text, "vault:v")
	digits, payload, colon := strings.Cut(rest, ":")
	if !found || !colon {
		return 0, nil, ErrPlaintext
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != digits {
		return 0, nil, ErrKeyVersion
	}
	if strings.ContainsAny(payload, "\r\n") { // Go's decoder skips them
		return 0, nil, ErrLineEnd
	}
	sealed, err = base64.StdEncoding.Strict().DecodeString(payload)
	if err != nil {
		return 0, nil, ErrBase64
	}
	if len(sealed) < nonceSize+tagSize {
		return 0, nil, ErrShort
	}
	return int(n), sealed, nil
}

// Open returns the plaintext of a ciphertext. A key that is not derived ignores the context, as Vault does.
func (k Key) Open(text string, context []byte) ([]byte, error) {
	version, sealed, err := ReadCiphertext(text)
	if err != nil {
		return nil, err
	}
	material, found := k.Material[version]
	if !found {
		return nil, fmt.Errorf("the key has no version %d", version)
	}
	if k.Derived {
		if material, err = hkdf.Key(sha256.New, material, nil, string(context), len(material)); err != nil {
			return nil, err
		}
	}
	block, err := aes.NewCipher(material)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, sealed[:nonceSize], sealed[nonceSize:], nil)
}
