package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// fakeVault seals by writing key, context and plaintext into the ciphertext,
// and opens only what was sealed with the same key and context. As Vault does, it ignores the context where the key is
// not derived.
type fakeVault struct {
	mu       sync.Mutex
	keys     map[transit.Key]*transit.KeyInfo
	requests []string // "VERB key"
	logins   int
	// before runs ahead of each request, without the lock; its error is the answer.
	before func(verb string) error
	denied transit.Key // that the role may not use
	// description is what Vault says about every engine; an error is given in its place.
	description    string
	descriptionErr error
	opens          []byte // what each ciphertext opens to; nil: its plaintext
	// fails is the same for one key. With done, the request is carried out all the same: its answer is lost.
	fails func(verb string, key transit.Key) (failed error, done bool)
}

const nonceAndMore = "0123456789012345678901234567|"

func newFakeVault(keys ...transit.KeyInfo) *fakeVault {
	v := &fakeVault{keys: map[transit.Key]*transit.KeyInfo{}}
	for _, key := range keys {
		v.keys[key.Key] = &key
	}
	return v
}

func aes(name string, derived bool, latest int) transit.KeyInfo {
	return transit.KeyInfo{Key: transit.Key{Mount: "transit", Name: name}, Type: "aes256-gcm96", Derived: derived,
		LatestVersion: latest, MinDecryptionVersion: 1}
}

// ciphertext is what a fakeVault would have made.
func ciphertext(key transit.Key, version int, context, plaintext string) transit.Ciphertext {
	text := fmt.Sprintf("%s%s|%s|%s", nonceAndMore, key, context, plaintext)
	parsed, err := transit.ParseCiphertext(fmt.Sprintf("vault:v%d:%s", version,
		base64.StdEncoding.EncodeToString([]byte(text))))
	if err != nil {
		panic(err)
	}
	return parsed
}

func (v *fakeVault) begin(verb string, key transit.Key) (*transit.KeyInfo, error) {
	if v.before != nil {
		if err := v.before(verb); err != nil {
			return nil, err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests = append(v.requests, verb+" "+key.String())
	info := v.keys[key]
	if key == v.denied {
		return nil, transit.ErrDenied
	}
	if info == nil {
		return nil, transit.ErrKeyNotFound
	}
	copied := *info
	return &copied, nil
}

func (v *fakeVault) count(verb string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, request := range v.requests {
		if strings.HasPrefix(request, verb+" ") {
			n++
		}
	}
	return n
}

// failure is what fails says; the lock is held.
func (v *fakeVault) failure(verb string, key transit.Key) (failed error, done bool) {
	if v.fails == nil {
		return nil, false
	}
	return v.fails(verb, key)
}

func (v *fakeVault) MountDescription(_ context.Context, mount string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests = append(v.requests, "description "+mount)
	return v.description, v.descriptionErr
}

func (v *fakeVault) Login(context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.logins++
	return nil
}

func (v *fakeVault) Encrypt(_ context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error) {
	info, err := v.begin("encrypt", key)
	if err != nil {
		return nil, err
	}
	results := make([]transit.Result, len(items))
	for i, item := range items {
		results[i].Ciphertext = ciphertext(key, info.LatestVersion, contextOf(info, item), string(item.Plaintext))
	}
	return results, nil
}

func contextOf(info *transit.KeyInfo, item transit.Item) string {
	if !info.Derived {
		return ""
	}
	return string(item.Context)
}

func (v *fakeVault) open(info *transit.KeyInfo, item transit.Item) ([]byte, error) {
	_, encoded, _ := strings.Cut(strings.TrimPrefix(item.Ciphertext.String(), "vault:"), ":")
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, transit.ErrTampered
	}
	version := item.Ciphertext.Version()
	switch {
	case version < info.MinDecryptionVersion:
		return nil, transit.ErrVersionRetired
	case version > info.LatestVersion:
		return nil, transit.ErrVersionTooNew
	}
	prefix := fmt.Sprintf("%s%s|%s|", nonceAndMore, info.Key, contextOf(info, item))
	if !bytes.HasPrefix(text, []byte(prefix)) {
		return nil, transit.ErrUnauthentic
	}
	return text[len(prefix):], nil
}

func (v *fakeVault) Decrypt(_ context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error) {
	info, err := v.begin("decrypt", key)
	if err != nil {
		return nil, err
	}
	results := make([]transit.Result, len(items))
	for i, item := range items {
		results[i].Plaintext, results[i].Err = v.open(info, item)
		if v.opens != nil {
			results[i].Plaintext = v.opens
		}
	}
	return results, nil
}

func (v *fakeVault) Rewrap(_ context.Context, key transit.Key, atLeast int,
	items []transit.Item) ([]transit.Result, error) {
	info, err := v.begin("rewrap", key)
	if err != nil {
		return nil, err
	}
	results := make([]transit.Result, len(items))
	for i, item := range items {
		plaintext, err := v.open(info, item)
		switch {
		case err != nil:
			results[i].Err = err
		case info.LatestVersion < atLeast:
			results[i].Err = transit.ErrNotCurrent
		default:
			results[i].Ciphertext = ciphertext(key, info.LatestVersion, contextOf(info, item), string(plaintext))
		}
	}
	return results, nil
}

func (v *fakeVault) Key(_ context.Context, key transit.Key) (transit.KeyInfo, error) {
	if _, err := v.begin("key", key); err != nil {
		return transit.KeyInfo{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err, _ := v.failure("key", key); err != nil {
		return transit.KeyInfo{}, err
	}
	copied := *v.keys[key]
	copied.Created = maps.Clone(copied.Created)
	copied.AsOf = time.Now().UTC().Truncate(time.Second)
	return copied, nil
}

func (v *fakeVault) Rotate(_ context.Context, before transit.KeyInfo) (transit.KeyInfo, error) {
	if _, err := v.begin("rotate", before.Key); err != nil {
		return transit.KeyInfo{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	info := v.keys[before.Key]
	if err, done := v.failure("rotate", before.Key); err != nil && !done {
		return transit.KeyInfo{}, err
	}
	info.LatestVersion++
	if info.Created != nil {
		info.Created[info.LatestVersion] = time.Now().UTC().Truncate(time.Second)
	}
	err, _ := v.failure("rotate", before.Key)
	after := *info
	after.Created = maps.Clone(after.Created)
	return after, err
}

func (v *fakeVault) Serving(context.Context) error { return nil }

func (v *fakeVault) SetMinVersions(_ context.Context, key transit.Key, to transit.MinVersions) error {
	if _, err := v.begin("config", key); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	err, done := v.failure("config", key)
	if err == nil || done {
		v.keys[key].MinDecryptionVersion, v.keys[key].MinEncryptionVersion = to.Decryption, to.Encryption
	}
	return err
}
