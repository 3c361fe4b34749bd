package transit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// Item is one input: Plaintext for Encrypt, Ciphertext for Decrypt and Rewrap. Context is what a derived key binds it
// to; empty: it is unbound.
type Item struct {
	Plaintext  []byte
	Ciphertext Ciphertext
	Context    []byte
}

// Format shows no value.
func (i Item) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "item with %d bytes of plaintext and a ciphertext of version %d",
		len(i.Plaintext), i.Ciphertext.version)
}

// Result is the output for the item at the same index: Plaintext of Decrypt (not nil, also when empty),
// Ciphertext of Encrypt and Rewrap, or Err.
type Result struct {
	Plaintext  []byte
	Ciphertext Ciphertext
	Err        error
}

// Format shows no value.
func (r Result) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "result with %d bytes of plaintext, a ciphertext of version %d, error: %v",
		len(r.Plaintext), r.Ciphertext.version, r.Err)
}

// verb is one of Transit's operations on batches.
type verb struct {
	name    string
	partial bool // knows partial_failure_response_code
	input   func(Item) batchInput
	result  func(batchResult) (Result, error)
}

// batchInput is one element of batch_input. JSON has bytes as base64. Plaintext is a pointer, because an empty
// plaintext must be sent and a missing one must not.
type batchInput struct {
	Plaintext  *[]byte `json:"plaintext,omitempty"`
	Ciphertext string  `json:"ciphertext,omitempty"`
	Context    []byte  `json:"context,omitempty"`
	Reference  string  `json:"reference"`
}

type batchRequest struct {
	Input   []batchInput `json:"batch_input"`
	Partial int          `json:"partial_failure_response_code,omitempty"`
}

// batchResult is one element of batch_results, for all three operations.
type batchResult struct {
	Plaintext  []byte `json:"plaintext"`
	Ciphertext string `json:"ciphertext"`
	Error      string `json:"error"`
	Reference  string `json:"reference"`
}

type batchAnswer struct {
	Data struct {
		Results []batchResult `json:"batch_results"`
	} `json:"data"`
}

var errUnreadable = errors.New("vault's answer cannot be read")

// batch is one call of an operation: as many requests as its items need.
type batch struct {
	verb   verb
	key    Key
	items  []Item
	active bool
	limit  int // bytes of a request's body
}

// do fills results for the items at indexes, in as many requests as needed. A request that is refused for its size is
// divided again, with all remaining items, by the limit that is known now.
func (b *batch) do(ctx context.Context, s *Session, indexes []int, results []Result) error {
	b.limit = s.client.bodyLimit.bytes()
	chunks := b.split(indexes)
	for n, chunk := range chunks {
		err := b.send(ctx, s, chunk, results)
		var large *TooLargeError
		switch {
		case errors.As(err, &large) && len(chunk) > 1:
			s.client.bodyLimit.lower(large.Size)
			return b.do(ctx, s, slices.Concat(chunks[n:]...), results)
		case errors.As(err, &large) && large.Lost == nil:
			results[chunk[0]] = Result{Err: err} // the others may fit
		case err != nil:
			return err
		}
	}
	return nil
}

func (b *batch) input(i int) batchInput {
	input := b.verb.input(b.items[i])
	input.Context = b.items[i].Context
	return input
}

func (b *batch) send(ctx context.Context, s *Session, chunk []int, results []Result) error {
	r, err := b.request(chunk)
	if err != nil {
		return err
	}
	a, err := s.send(ctx, r)
	if err != nil {
		return r.perhapsTooLarge(err)
	}
	// When every item fails, the status is 400 or 500, whatever status was asked for, and the body has the results.
	var body batchAnswer
	unreadable := json.Unmarshal(a.body, &body) != nil
	switch {
	case a.status >= 300 && (unreadable || len(body.Data.Results) == 0):
		return r.refusal(a)
	case unreadable:
		return fmt.Errorf("%s: %w", r.op, errUnreadable)
	case len(body.Data.Results) != len(chunk):
		return fmt.Errorf("%s: vault answered with %d results for %d items", r.op, len(body.Data.Results), len(chunk))
	}
	return b.take(r, chunk, body.Data.Results, results)
}

// take puts each result at the index of its item.
func (b *batch) take(r *request, chunk []int, got []batchResult, results []Result) error {
	for n, g := range got {
		if g.Reference != "" && g.Reference != strconv.Itoa(n) {
			return fmt.Errorf("%s: vault's results are not in the order of the items", r.op)
		}
		if g.Error != "" {
			results[chunk[n]] = Result{Err: r.refusedItem(g.Error)}
			continue
		}
		result, err := b.verb.result(g)
		if err != nil {
			return fmt.Errorf("%s: %w: %w", r.op, errUnreadable, err)
		}
		results[chunk[n]] = result
	}
	return nil
}

func (b *batch) request(chunk []int) (*request, error) {
	op := fmt.Sprintf("%s with transit key %s", b.verb.name, b.key)
	body := batchRequest{Input: make([]batchInput, len(chunk))}
	for n, i := range chunk {
		body.Input[n] = b.input(i)
		body.Input[n].Reference = strconv.Itoa(n)
	}
	if b.verb.partial {
		body.Partial = http.StatusOK
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot build the request", op)
	}
	return &request{
		op: op, method: http.MethodPost, path: b.key.Mount + "/" + b.verb.name + "/" + b.key.Name,
		body: encoded, key: b.key, active: b.active, divisible: len(chunk) > 1,
	}, nil
}
