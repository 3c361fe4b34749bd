package transit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestRoundTripKeepsOrderAndEmptyValues(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	in := []Item{
		{Plaintext: []byte("a")}, {Plaintext: []byte("b"), Context: []byte("ctx")}, {Plaintext: nil},
		{Plaintext: []byte{}, Context: []byte("ctx")}, {Plaintext: []byte{0, 255}},
	}
	sealed, err := s.Encrypt(t.Context(), testKey, in)
	if err != nil {
		t.Fatal(err)
	}
	if n := v.count("POST transit/encrypt/app"); n != 2 {
		t.Errorf("%d requests, want one with contexts and one without", n)
	}
	items := make([]Item, len(sealed))
	for i, r := range sealed {
		if r.Err != nil || r.Ciphertext.Version() != 3 {
			t.Fatalf("item %d: %v", i, r)
		}
		items[i] = Item{Ciphertext: r.Ciphertext, Context: in[i].Context}
	}
	opened, err := s.Decrypt(t.Context(), testKey, items)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range opened {
		if r.Err != nil || r.Plaintext == nil || string(r.Plaintext) != string(in[i].Plaintext) {
			t.Errorf("item %d: %q, want %q", i, r.Plaintext, in[i].Plaintext)
		}
	}
}

// TestContextsAreSent: each item has its own, in every operation.
func TestContextsAreSent(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	items := []Item{{Ciphertext: fakeSeal(1, "a"), Context: []byte("ctx-a")},
		{Ciphertext: fakeSeal(1, "b"), Context: []byte("ctx-b")}}
	for _, op := range []func() ([]Result, error){
		func() ([]Result, error) { return s.Encrypt(t.Context(), testKey, items) },
		func() ([]Result, error) { return s.Decrypt(t.Context(), testKey, items) },
		func() ([]Result, error) { return s.Rewrap(t.Context(), testKey, 0, items) },
	} {
		if _, err := op(); err != nil {
			t.Fatal(err)
		}
		var sent batchRequest
		if err := json.Unmarshal(v.bodies[len(v.bodies)-1], &sent); err != nil || len(sent.Input) != len(items) {
			t.Fatalf("%v: %s", err, v.bodies[len(v.bodies)-1])
		}
		for n, input := range sent.Input {
			if string(input.Context) != string(items[n].Context) {
				t.Errorf("%s: item %d has the context %q", v.requests[len(v.requests)-1], n, input.Context)
			}
		}
	}
}

// TestResultsWithoutReferences: an older Vault does not send them back.
func TestResultsWithoutReferences(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/transit/") {
			return false
		}
		_, _ = fmt.Fprint(w, `{"data":{"batch_results":[{"plaintext":"YQ=="},{"plaintext":"Yg=="}]}}`)
		return true
	}
	got, err := v.session(t).Decrypt(t.Context(), testKey, []Item{{Ciphertext: fakeSeal(1, "a")},
		{Ciphertext: fakeSeal(1, "b")}})
	if err != nil || string(got[0].Plaintext) != "a" || string(got[1].Plaintext) != "b" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestNoItemsNoRequest(t *testing.T) {
	v := newFakeVault(t)
	results, err := v.session(t).Encrypt(t.Context(), testKey, nil)
	if err != nil || len(results) != 0 || len(v.requests) != 0 {
		t.Errorf("%v, %v, %v", results, err, v.requests)
	}
}

func TestItemErrors(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	good, bad, future := fakeSeal(2, "good"), fakeSeal(2, "tampered"), fakeSeal(9, "good")
	items := []Item{{Ciphertext: bad}, {Ciphertext: good}, {}, {Ciphertext: future}}
	for _, op := range []func() ([]Result, error){
		func() ([]Result, error) { return s.Decrypt(t.Context(), testKey, items) },
		func() ([]Result, error) { return s.Rewrap(t.Context(), testKey, 3, items) },
	} {
		results, err := op()
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(results[0].Err, ErrTampered) || results[1].Err != nil || results[2].Err == nil ||
			!errors.Is(results[3].Err, ErrVersionTooNew) {
			t.Errorf("results: %v", results)
		}
	}
	// Every item bad: Vault answers 400 with results.
	results, err := s.Decrypt(t.Context(), testKey, []Item{{Ciphertext: bad}, {Ciphertext: bad}})
	if err != nil || !errors.Is(results[1].Err, ErrTampered) {
		t.Errorf("%v, %v", results, err)
	}
}

func TestBatchIsSplitAt501Items(t *testing.T) {
	v := newFakeVault(t)
	items := make([]Item, 1003)
	for i := range items {
		items[i].Plaintext = fmt.Append(nil, i)
	}
	results, err := v.session(t).Encrypt(t.Context(), testKey, items)
	if err != nil {
		t.Fatal(err)
	}
	if n := v.count("POST transit/encrypt"); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	for i, r := range results {
		if r.Ciphertext != fakeSeal(3, fmt.Sprint(i)) {
			t.Fatalf("item %d is out of order", i)
		}
	}
}

func TestBatchIsSplitAt8MiB(t *testing.T) {
	v := newFakeVault(t)
	items := make([]Item, 11) // no more: megabytes take the race detector long
	for i := range items {
		items[i] = Item{Plaintext: make([]byte, 700_000), Context: []byte("c")} // eight in a request
	}
	items[9].Plaintext = make([]byte, 6_400_000) // alone in its request
	if _, err := v.session(t).Encrypt(t.Context(), testKey, items); err != nil {
		t.Fatal(err)
	}
	var over int
	for _, body := range v.bodies {
		if len(body) > MaxBatchBytes {
			over++
		}
	}
	if n := v.count("POST transit/encrypt"); over != 1 || n != 4 {
		t.Errorf("%d requests, %d of them over 8 MiB", n, over)
	}
}

func TestSizeIsNeverUnderestimated(t *testing.T) {
	empty := []byte{}
	for _, in := range []batchInput{
		{}, {Plaintext: &empty, Reference: "499"},
		{Ciphertext: fakeSeal(1, "x").String(), Context: []byte("v1/strict/a/b/c"), Reference: "0"},
	} {
		encoded, _ := json.Marshal(in)
		if in.size() < len(encoded) {
			t.Errorf("size %d of %d bytes", in.size(), len(encoded))
		}
	}
}

func TestBadRepliesAreErrors(t *testing.T) {
	item := []Item{{Ciphertext: fakeSeal(1, "x")}, {Ciphertext: fakeSeal(1, "y")}}
	ok := `{"ciphertext":"` + fakeSeal(3, "x").String() + `","plaintext":"eA==","reference":"0"}`
	for name, body := range map[string]string{
		"empty":         ``,
		"not JSON":      `<html>`,
		"no data":       `{}`,
		"null":          `null`,
		"too few":       `{"data":{"batch_results":[` + ok + `]}}`,
		"too many":      `{"data":{"batch_results":[` + ok + `,` + ok + `,` + ok + `]}}`,
		"empty item":    `{"data":{"batch_results":[{},{}]}}`,
		"null item":     `{"data":{"batch_results":[null,null]}}`,
		"wrong order":   `{"data":{"batch_results":[` + ok + `,` + ok + `]}}`,
		"no ciphertext": `{"data":{"batch_results":[{"ciphertext":"","plaintext":null},{"ciphertext":""}]}}`,
		"no base64":     `{"data":{"batch_results":[{"ciphertext":"vault:v1:%","plaintext":"%"},{"plaintext":"%"}]}}`,
		"wrong types":   `{"data":{"batch_results":[1,2]}}`,
	} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/transit/") {
				return false
			}
			_, _ = w.Write([]byte(body))
			return true
		}
		s := v.session(t)
		if results, err := s.Decrypt(t.Context(), testKey, item); err == nil {
			t.Errorf("%s: decrypt gave %v", name, results)
		}
		if results, err := s.Rewrap(t.Context(), testKey, 0, item); err == nil {
			t.Errorf("%s: rewrap gave %v", name, results)
		}
	}
}

func TestRewrapAsksTheActiveNodeOnce(t *testing.T) {
	for _, cured := range []bool{true, false} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, r *http.Request) bool {
			if cured && r.Header.Get("X-Vault-Inconsistent") == "forward-active-node" {
				v.mu.Lock()
				v.latest = 4
				v.mu.Unlock()
			}
			return false
		}
		items := []Item{{Ciphertext: fakeSeal(3, "x")}, {Ciphertext: fakeSeal(3, "tampered")},
			{Ciphertext: fakeSeal(2, "y"), Context: []byte("c")}}
		results, err := v.session(t).Rewrap(t.Context(), testKey, 4, items)
		if err != nil {
			t.Fatal(err)
		}
		if n := v.count("POST transit/rewrap"); n != 4 {
			t.Errorf("%d requests, want 2 and 2 again", n)
		}
		if !errors.Is(results[1].Err, ErrTampered) {
			t.Errorf("item 1: %v", results[1])
		}
		for _, i := range []int{0, 2} {
			if cured && (results[i].Err != nil || results[i].Ciphertext.Version() != 4) {
				t.Errorf("item %d: %v", i, results[i])
			}
			if !cured && (!errors.Is(results[i].Err, ErrNotCurrent) || !results[i].Ciphertext.IsZero()) {
				t.Errorf("item %d: %v, want ErrNotCurrent", i, results[i])
			}
		}
	}
}

func TestRewrapTakesAnyVersionAtZero(t *testing.T) {
	v := newFakeVault(t)
	results, err := v.session(t).Rewrap(t.Context(), testKey, 0, []Item{{Ciphertext: fakeSeal(1, "x")}})
	if err != nil || results[0].Ciphertext.Version() != 3 {
		t.Fatalf("%v, %v", results, err)
	}
	if slices.ContainsFunc(v.headers, func(h http.Header) bool { return h.Get("X-Vault-Inconsistent") != "" }) {
		t.Error("the active node was asked for")
	}
}

func TestForwardingMayBeDisabled(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Vault-Inconsistent") == "" {
			return false
		}
		fail(w, 400, "forwarding via header X-Vault-Inconsistent=forward-active-node disabled in configuration")
		return true
	}
	s := v.session(t)
	results, err := s.Rewrap(t.Context(), testKey, 4, []Item{{Ciphertext: fakeSeal(3, "x")}})
	if err != nil || !errors.Is(results[0].Err, ErrNotCurrent) {
		t.Fatalf("%v, %v", results, err)
	}
	if n := v.count("POST transit/rewrap"); n != 3 {
		t.Errorf("%d requests, want one, one refused for its header, and one without it", n)
	}
	if info, err := s.readKey(t.Context(), testKey, true); err != nil || info.LatestVersion != 3 {
		t.Errorf("%v, %v", info, err)
	}
}
