package test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// threePages are more Secrets than two pages of a list have.
const threePages = 1100

// TestFaultExpiredPage: a list that expires between two pages loses no Secret,
// and none is written twice. The API server may say how to go on, or not.
func TestFaultExpiredPage(t *testing.T) {
	t.Parallel()
	for name, resumable := range map[string]bool{"with a way on": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := newFaultNamespace(t, theStack, sized(threePages, twoPages))
			counted := &writeCount{}
			expire := expirePage(t, resumable)
			proxied := direct.behindKube(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				expire(w, r, counted.handler(next))
			})
			rotate := proxied.ends(t, []string{"rotate", "-o", "json"}, 0)
			if got := rotate.report(t).Summary; got.Rewrapped != direct.count ||
				got.Failed+got.Skipped+got.Current > 0 {
				t.Errorf("summary %+v, want %d rewrapped and nothing else", got, direct.count)
			}
			counted.onceEach(t, direct.count)
			direct.allLatest(t)
			direct.heals(t)
		})
	}
}

// compaction is the same with a real etcd, compacted between two pages.
func compaction(t *testing.T, on stack) {
	direct := newFaultNamespace(t, on, sized(threePages, twoPages))
	counted := &writeCount{}
	rule := midway(func() { compact(t, direct) })
	var expired atomic.Bool
	proxied := direct.behindKube(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		watched := &statusWriter{ResponseWriter: w}
		rule(watched, r, counted.handler(next))
		if watched.code == http.StatusGone {
			expired.Store(true)
		}
	})
	proxied.ends(t, []string{"rotate"}, 0)
	if !expired.Load() {
		t.Error("the compaction has not made the list expire")
	}
	counted.onceEach(t, direct.count)
	direct.allLatest(t)
	direct.heals(t)
}

// compact makes etcd forget everything before now.
func compact(t *testing.T, ns sealedNamespace) {
	core, err := theStack.core()
	if err != nil {
		t.Error(err)
		return
	}
	// A write, so that the page's revision is older than now.
	patch := []byte(`{"metadata": {"annotations": {"compacted": "true"}}}`)
	namespace, err := core.Namespaces().Patch(context.Background(), ns.namespace, types.MergePatchType, patch,
		metav1.PatchOptions{})
	if err != nil {
		t.Error(err)
		return
	}
	body := mustJSON(map[string]any{"revision": namespace.ResourceVersion})
	answer, err := http.Post(etcd(t)+"/v3/kv/compaction", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("compaction: %s", answer.Status)
	}
}

// expirePage answers the first request for a second page as the API server does
// when etcd has been compacted since the first.
func expirePage(t *testing.T, resumable bool) rule {
	var once sync.Once
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		expired := false
		if nextPage(r) {
			once.Do(func() { expired = true })
		}
		if !expired {
			next.ServeHTTP(w, r)
			return
		}
		status := apierrors.NewResourceExpired("The provided continue parameter is too old").ErrStatus
		if resumable {
			token, err := inconsistent(r.URL.Query().Get("continue"))
			if err != nil {
				t.Error(err)
			}
			status.Continue = token
		}
		answerStatus(w, &status)
	}
}

// inconsistent is the token with which an expired list goes on where it was, at
// the newest state: the same position at revision -1.
func inconsistent(token string) (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", fmt.Errorf("continue token: %w", err)
	}
	var position map[string]any
	if err := json.Unmarshal(text, &position); err != nil {
		return "", fmt.Errorf("continue token: %w", err)
	}
	position["rv"] = -1
	return base64.RawURLEncoding.EncodeToString(mustJSON(position)), nil
}

// TestFaultLargePages: Secrets as large as Kubernetes stores them. A page of them is given up at 16 MiB and asked for
// again with half the limit, and each Secret is written once.
func TestFaultLargePages(t *testing.T) {
	t.Parallel()
	direct := newFaultNamespace(t, theStack, 1)
	direct.prefix, direct.count, direct.padding = "large", 24, 786_000
	check(t, direct.create(map[string]string{"test": direct.namespace}))
	counted, limits := &writeCount{}, &limitsAsked{}
	proxied := direct.behindKube(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		limits.note(r)
		counted.handler(next).ServeHTTP(w, r)
	})
	rotate := proxied.ends(t, []string{"rotate", "-o", "json"}, 0)
	if got := rotate.report(t).Summary; got.Rewrapped != direct.count+1 || got.Failed+got.Skipped+got.Current > 0 {
		t.Errorf("summary %+v, want %d rewrapped and nothing else", got, direct.count+1)
	}
	if got := limits.asked(); !slices.Equal(got, []string{"500", "250", "125", "62", "31", "15"}) {
		t.Errorf("limits of the lists: %v", got)
	}
	counted.onceEach(t, direct.count+1)
	direct.allLatest(t)
	proxied.ends(t, []string{"verify"}, 0)
	direct.heals(t)
}

// limitsAsked are the limits of lists of Secrets, in order.
type limitsAsked struct {
	mu     sync.Mutex
	limits []string
}

func (l *limitsAsked) note(r *http.Request) {
	if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/secrets") {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limits = append(l.limits, r.URL.Query().Get("limit"))
}

// asked are the limits, each once where several requests in a row have the same: further pages, and requests that an
// API server under load has refused or broken off, and which are then sent again.
func (l *limitsAsked) asked() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Compact(slices.Clone(l.limits))
}

// writeCount counts the writes of each Secret that the API server has taken.
type writeCount struct {
	mu     sync.Mutex
	byName map[string]int
}

func (c *writeCount) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		watched := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(watched, r)
		if r.Method != http.MethodPatch || watched.code != http.StatusOK {
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.byName == nil {
			c.byName = map[string]int{}
		}
		c.byName[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]++
	})
}

// onceEach: so many Secrets were written, each of them once.
func (c *writeCount) onceEach(t *testing.T, count int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, times := range c.byName {
		if times != 1 {
			t.Errorf("%s was written %d times", name, times)
		}
	}
	if len(c.byName) != count {
		t.Errorf("%d Secrets were written, want %d", len(c.byName), count)
	}
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter

	code int
}

func (s *statusWriter) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}
