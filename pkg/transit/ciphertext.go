package transit

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"strings"
)

const (
	ciphertextPrefix = "vault:v"
	nonceLen         = 12
	tagLen           = 16
)

// Ciphertext is what Transit returns for a plaintext: "vault:vVERSION:BASE64". It is comparable; its zero
// value is no ciphertext.
type Ciphertext struct {
	text    string
	version int
}

var errNotCiphertext = errors.New(`not a transit ciphertext ("vault:vN:...")`)

// ParseCiphertext checks the form of a ciphertext of an AEAD key: a version from 1 without leading zeros
// and standard base64, nothing around or inside it, of at least a nonce and a tag. Its error never quotes
// s, which may be plaintext.
func ParseCiphertext(s string) (Ciphertext, error) {
	rest, ok := strings.CutPrefix(s, ciphertextPrefix)
	if !ok {
		return Ciphertext{}, errNotCiphertext
	}
	digits, payload, ok := strings.Cut(rest, ":")
	if !ok {
		return Ciphertext{}, errNotCiphertext
	}
	version, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || version == 0 || version > math.MaxInt32 || digits[0] == '0' || digits[0] == '+' {
		return Ciphertext{}, errors.New("transit ciphertext: bad key version")
	}
	// Go's decoder skips line ends, also when strict.
	if strings.ContainsAny(payload, "\r\n") {
		return Ciphertext{}, errors.New("transit ciphertext: line end in its base64")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(payload)
	if err != nil {
		return Ciphertext{}, errors.New("transit ciphertext: bad base64")
	}
	if len(raw) < nonceLen+tagLen {
		return Ciphertext{}, errors.New("transit ciphertext: too short")
	}
	return Ciphertext{text: s, version: int(version)}, nil
}

// Version is the key version the ciphertext was made with, 0 for the zero value.
func (c Ciphertext) Version() int { return c.version }

// String returns the ciphertext as Transit wrote it, "" for the zero value.
func (c Ciphertext) String() string { return c.text }

// IsZero reports whether c is no ciphertext.
func (c Ciphertext) IsZero() bool { return c == Ciphertext{} }

// CiphertextLen is the length in bytes of the ciphertext of plaintextLen bytes under an AES-GCM key's
// version. (XChaCha20 keys have a longer nonce.)
func CiphertextLen(plaintextLen, version int) int {
	return len(ciphertextPrefix) + len(strconv.Itoa(version)) + len(":") +
		base64.StdEncoding.EncodedLen(nonceLen+plaintextLen+tagLen)
}
