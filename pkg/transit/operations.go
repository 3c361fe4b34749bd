package transit

import (
	"context"
	"errors"
	"fmt"
)

var (
	encryptVerb = verb{name: "encrypt", partial: true, input: plaintextOf, result: toCiphertext}
	decryptVerb = verb{name: "decrypt", partial: true, input: ciphertextOf, result: toPlaintext}
	rewrapVerb  = verb{name: "rewrap", input: ciphertextOf, result: toCiphertext}
)

// Encrypt encrypts every item's Plaintext under the key's latest version. The results have the order and length of the
// items. If one item fails, its Result has the error; if Encrypt returns an error, there are no results. With a token
// from outside, the key's mount must be a Transit engine: otherwise the error is ErrNotTransit, and nothing is sent.
func (s *Session) Encrypt(ctx context.Context, key Key, items []Item) ([]Result, error) {
	if err := key.check(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := s.proveEngine(ctx, key.Mount); err != nil {
		return nil, err
	}
	b := &batch{verb: encryptVerb, key: key, items: items}
	return b.run(ctx, s)
}

// Decrypt decrypts every item's Ciphertext. Results are as in Encrypt.
func (s *Session) Decrypt(ctx context.Context, key Key, items []Item) ([]Result, error) {
	b := &batch{verb: decryptVerb, key: key, items: items}
	return b.run(ctx, s)
}

// Rewrap has Vault encrypt every item's Ciphertext again under the key's latest version; no plaintext comes back. A
// result of a version below atLeast comes from a standby that lags: the request is repeated on the active node, and
// then fails with [ErrNotCurrent]. With atLeast 0 any version is accepted.
func (s *Session) Rewrap(ctx context.Context, key Key, atLeast int, items []Item) ([]Result, error) {
	b := &batch{verb: rewrapVerb, key: key, items: items}
	results, err := b.run(ctx, s)
	if err != nil {
		return nil, err
	}
	behind := olderThan(results, atLeast)
	if len(behind) == 0 {
		return results, nil
	}
	b.active = true
	if err := b.do(ctx, s, behind, results); err != nil {
		return nil, err
	}
	for _, i := range olderThan(results, atLeast) {
		results[i] = Result{Err: &RefusedError{
			Op:     fmt.Sprintf("rewrap with transit key %s", key),
			Kind:   ErrNotCurrent,
			Detail: fmt.Sprintf("version %d, want at least %d", results[i].Ciphertext.Version(), atLeast),
			Key:    key,
		}}
	}
	return results, nil
}

func olderThan(results []Result, version int) []int {
	var behind []int
	for i, r := range results {
		if r.Err == nil && r.Ciphertext.Version() < version {
			behind = append(behind, i)
		}
	}
	return behind
}

// run checks the key and the items, and sends the valid ones.
func (b *batch) run(ctx context.Context, s *Session) ([]Result, error) {
	if err := b.key.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", b.verb.name, err)
	}
	results := make([]Result, len(b.items))
	indexes := make([]int, 0, len(b.items))
	for i, item := range b.items {
		if b.verb.name != encryptVerb.name && item.Ciphertext.IsZero() {
			results[i].Err = fmt.Errorf("%s with transit key %s: %w", b.verb.name, b.key, errNotCiphertext)
			continue
		}
		indexes = append(indexes, i)
	}
	if err := b.do(ctx, s, indexes, results); err != nil {
		return nil, err
	}
	return results, nil
}

// plaintextOf never sends null: "" is a plaintext too.
func plaintextOf(i Item) batchInput {
	plaintext := i.Plaintext
	if plaintext == nil {
		plaintext = []byte{}
	}
	return batchInput{Plaintext: &plaintext}
}

func ciphertextOf(i Item) batchInput { return batchInput{Ciphertext: i.Ciphertext.text} }

func toCiphertext(r batchResult) (Result, error) {
	c, err := ParseCiphertext(r.Ciphertext)
	return Result{Ciphertext: c}, err
}

// toPlaintext distinguishes an empty plaintext, which Transit returns as "", from a missing one.
func toPlaintext(r batchResult) (Result, error) {
	if r.Plaintext == nil {
		return Result{}, errors.New("no plaintext in it")
	}
	return Result{Plaintext: r.Plaintext}, nil
}
