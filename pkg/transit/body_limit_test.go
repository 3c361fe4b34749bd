package transit

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// refusing413 answers as nginx does to what is larger than its limit.
func refusing413(v *fakeVault, limit int) {
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.ContentLength <= int64(limit) {
			return false
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = fmt.Fprint(w, "<html><head><title>413 Request Entity Too Large</title></head></html>")
		return true
	}
}

func itemsOf(count, size int) []Item {
	items := make([]Item, count)
	for i := range items {
		items[i] = Item{Plaintext: []byte(strings.Repeat("x", size) + fmt.Sprint(i))}
	}
	return items
}

// TestARefusalAfterDividing: what is refused for another reason than its size fails as a whole.
func TestARefusalAfterDividing(t *testing.T) {
	v := newFakeVault(t)
	refusing413(v, 100<<10)
	tooLarge := v.before
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if tooLarge(w, r) {
			return true
		}
		if strings.Contains(r.URL.Path, "/encrypt/") && v.count("POST transit/encrypt") > 1 {
			fail(w, 403, "permission denied")
			return true
		}
		return false
	}
	results, err := v.session(t).Encrypt(t.Context(), testKey, itemsOf(50, 3000))
	if !errors.Is(err, ErrDenied) || results != nil {
		t.Errorf("%v, %d results", err, len(results))
	}
}

// TestBodyLimitOnlyFalls: a refusal of a larger request, which was sent before, does not raise it.
func TestBodyLimitOnlyFalls(t *testing.T) {
	var limit bodyLimit
	for _, step := range []struct{ refused, want int }{{1000, 500}, {4000, 500}, {1000, 500}, {500, 250}} {
		limit.lower(step.refused)
		if got := limit.bytes(); got != step.want {
			t.Errorf("after %d: %d, want %d", step.refused, got, step.want)
		}
	}
}

// TestPerhapsTooLarge: only a connection that was lost while much was being sent may be a refusal for the size.
func TestPerhapsTooLarge(t *testing.T) {
	cut := &UnreachableError{unwritten: true, reached: true, Err: io.ErrUnexpectedEOF}
	for name, c := range map[string]struct {
		size int
		err  error
		want bool
	}{
		"large":            {largeRequest, cut, true},
		"small":            {largeRequest - 1, cut, false},
		"written":          {largeRequest, &UnreachableError{reached: true, Err: io.ErrUnexpectedEOF}, false},
		"not reached":      {largeRequest, &UnreachableError{unwritten: true, Err: io.ErrUnexpectedEOF}, false},
		"another redirect": {largeRequest, &UnreachableError{unwritten: true, reached: true}, false},
		"another error":    {largeRequest, io.ErrUnexpectedEOF, false},
	} {
		r := &request{body: make([]byte, c.size)}
		var large *TooLargeError
		if got := errors.As(r.perhapsTooLarge(c.err), &large); got != c.want || got && large.Size != c.size {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestBatchesAreHalvedForAProxy: and the size that works is found once.
func TestBatchesAreHalvedForAProxy(t *testing.T) {
	v := newFakeVault(t)
	const limit = 100 << 10
	refusing413(v, limit)
	s := v.session(t)
	for _, requests := range []int{3, 0} { // 0.8 MiB, 0.4 and 0.2 are refused, the first time
		before := v.count("POST transit/encrypt")
		results, err := s.Encrypt(t.Context(), testKey, itemsOf(200, 3000))
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if want := fakeSeal(3, strings.Repeat("x", 3000)+fmt.Sprint(i)); r.Err != nil || r.Ciphertext != want {
				t.Fatalf("item %d: %v", i, r)
			}
		}
		refused := 0
		for _, body := range v.bodies[before+1:] {
			if len(body) > limit {
				refused++
			}
		}
		if refused != requests {
			t.Errorf("%d requests were too large, want %d", refused, requests)
		}
	}
}

// TestWhatIsTooLargeAlone: the others go through; the error names the proxy and shows nothing of its page.
func TestWhatIsTooLargeAlone(t *testing.T) {
	for name, c := range map[string]struct {
		answer      func(w http.ResponseWriter)
		says, words string
	}{
		"proxy": {nil, "request too large: a proxy in front of Vault refuses requests of ", ""},
		"vault": {func(w http.ResponseWriter) { fail(w, 413, "http: request body too large") },
			"Vault refuses requests of ", "http: request body too large"},
	} {
		v := newFakeVault(t)
		refusing413(v, 20<<10)
		if page := v.before; c.answer != nil {
			v.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.ContentLength > 20<<10 {
					c.answer(w)
					return true
				}
				return page(w, r)
			}
		}
		items := itemsOf(5, 100)
		items[2].Plaintext = make([]byte, 30_000)
		results, err := v.session(t).Encrypt(t.Context(), testKey, items)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if (i == 2) != (r.Err != nil) {
				t.Errorf("%s: item %d: %v", name, i, r)
			}
		}
		err = results[2].Err
		var large *TooLargeError
		if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), c.says) ||
			strings.Contains(err.Error(), "html") ||
			!errors.As(err, &large) || large.Words != c.words || large.Size < 30_000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAProxyThatHangsUp: instead of answering, or so early that its answer is lost.
func TestAProxyThatHangsUp(t *testing.T) {
	v := newFakeVault(t)
	inner := v.server.Config.Handler
	v.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 300<<10 {
			panic(http.ErrAbortHandler) // nothing of the body was read
		}
		inner.ServeHTTP(w, r)
	})
	s := v.session(t)
	slept := passing(s.client)
	for range 2 {
		results, err := s.Encrypt(t.Context(), testKey, itemsOf(30, 50_000))
		if err != nil || results[29].Err != nil {
			t.Fatalf("%v", err)
		}
	}
	if slept() > 4*maxBackoff {
		t.Errorf("waited %s", slept())
	}
	if _, err := s.Encrypt(t.Context(), testKey, itemsOf(1, 2_000_000)); !errors.Is(err, ErrUnreachable) ||
		!strings.Contains(err.Error(), "the connection ended while a request of 2666754 bytes was being sent") {
		t.Errorf("one that is too large: %v", err)
	}
}
