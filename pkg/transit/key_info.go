package transit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// KeyInfo is the metadata of a transit key.
type KeyInfo struct {
	Key                  Key
	Type                 string // "aes256-gcm96"
	Derived, Convergent  bool
	LatestVersion        int
	MinDecryptionVersion int
	MinEncryptionVersion int               // 0: the latest
	Created              map[int]time.Time // by version; UTC
	AsOf                 time.Time         // Vault's clock, whole seconds; zero: the answer has no date

	oneWay bool // Vault says it cannot encrypt and decrypt
}

// LatestCreated is when the latest version was made; false when Vault does not say.
func (i KeyInfo) LatestCreated() (time.Time, bool) {
	created, known := i.Created[i.LatestVersion]
	return created, known
}

// CheckSealing returns nil for a key that can seal: symmetric, authenticated, able to encrypt and decrypt, and not
// convergent, because a convergent key shows equal plaintexts. Otherwise the error is a *[UnsuitableKeyError].
func (i KeyInfo) CheckSealing() error {
	switch i.Type {
	case "aes128-gcm96", "aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305":
	default:
		reason := fmt.Sprintf("type %s is not symmetric authenticated encryption", i.Type)
		return &UnsuitableKeyError{Key: i.Key, Reason: reason}
	}
	if i.oneWay {
		return &UnsuitableKeyError{Key: i.Key, Reason: "vault does not encrypt and decrypt with it"}
	}
	if i.Convergent {
		return &UnsuitableKeyError{Key: i.Key, Reason: "it is convergent, so equal values would have equal ciphertexts"}
	}
	return nil
}

// Key reads the key's metadata.
func (s *Session) Key(ctx context.Context, key Key) (KeyInfo, error) {
	return s.readKey(ctx, key, false)
}

func (s *Session) readKey(ctx context.Context, key Key, active bool) (KeyInfo, error) {
	if err := key.check(); err != nil {
		return KeyInfo{}, fmt.Errorf("read key: %w", err)
	}
	r := &request{
		op: "read transit key " + key.String(), method: http.MethodGet,
		path: key.Mount + "/keys/" + key.Name, key: key, active: active,
	}
	a, err := s.call(ctx, r)
	if err != nil {
		return KeyInfo{}, err
	}
	info, err := parseKeyInfo(key, a.body)
	if err != nil {
		return KeyInfo{}, fmt.Errorf("%s: %w", r.op, err)
	}
	if said, err := http.ParseTime(a.header.Get("Date")); err == nil {
		info.AsOf = said.UTC()
	}
	return info, nil
}

type keyAnswer struct {
	Data struct {
		Type                 string                     `json:"type"`
		Derived              bool                       `json:"derived"`
		Convergent           bool                       `json:"convergent_encryption"`
		LatestVersion        int                        `json:"latest_version"`
		MinDecryptionVersion int                        `json:"min_decryption_version"`
		MinEncryptionVersion int                        `json:"min_encryption_version"`
		Encrypts             *bool                      `json:"supports_encryption"`
		Decrypts             *bool                      `json:"supports_decryption"`
		Keys                 map[string]json.RawMessage `json:"keys"`
	} `json:"data"`
}

func parseKeyInfo(key Key, body []byte) (KeyInfo, error) {
	var a keyAnswer
	if err := json.Unmarshal(body, &a); err != nil || a.Data.Type == "" || a.Data.LatestVersion < 1 {
		return KeyInfo{}, errUnreadable
	}
	d := a.Data
	info := KeyInfo{
		Key: key, Type: d.Type, Derived: d.Derived, Convergent: d.Convergent,
		LatestVersion:        d.LatestVersion,
		MinDecryptionVersion: d.MinDecryptionVersion,
		MinEncryptionVersion: d.MinEncryptionVersion,
		Created:              make(map[int]time.Time, len(d.Keys)),
		oneWay:               d.Encrypts != nil && !*d.Encrypts || d.Decrypts != nil && !*d.Decrypts,
	}
	for name, raw := range d.Keys {
		version, err := strconv.Atoi(name)
		if err != nil || version < 1 {
			continue
		}
		if created, ok := creationTime(raw); ok {
			info.Created[version] = created
		}
	}
	return info, nil
}

// isCreation reports whether a version may be made at a Unix time. JSON cannot hold times after the year 9999.
func isCreation(seconds int64) bool { return seconds > 0 && seconds <= 253402300799 }

// creationTime reads when a version was made: Unix seconds for symmetric types, an object with RFC 3339 for the others.
func creationTime(raw json.RawMessage) (time.Time, bool) {
	var seconds int64
	if json.Unmarshal(raw, &seconds) == nil && isCreation(seconds) {
		return time.Unix(seconds, 0).UTC(), true
	}
	var object struct {
		CreationTime time.Time `json:"creation_time"`
	}
	if json.Unmarshal(raw, &object) == nil && isCreation(object.CreationTime.Unix()) {
		return object.CreationTime.UTC(), true
	}
	return time.Time{}, false
}
