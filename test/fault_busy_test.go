package test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestFaultKubeBusy: an API server that has too much to do, or is about to end,
// refuses lists and writes for a while. The rotation waits and goes on.
func TestFaultKubeBusy(t *testing.T) {
	t.Parallel()
	direct := newFaultNamespace(t, theStack, sized(twoPages, 100))
	busy := &busyServer{refused: map[string]int{}}
	proxied := direct.behindKube(t, busy.rule)
	proxied.ends(t, []string{"rotate"}, 0)
	direct.allLatest(t)
	busy.mu.Lock()
	requests, refusals := len(busy.refused), busy.refusals
	busy.mu.Unlock()
	t.Logf("%d requests were refused %d times", requests, refusals)
	if refusals == 0 {
		t.Error("nothing was refused")
	}
	direct.heals(t)
}

// busyServer refuses every fourth of the lists and writes at first: once with
// 429, which asks to wait a second, and once with 503, which says nothing.
type busyServer struct {
	mu       sync.Mutex
	seen     int
	refused  map[string]int // requests to how often
	refusals int
}

func (b *busyServer) rule(w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch b.decide(r) {
	case 1:
		w.Header().Set("Retry-After", "1")
		answerStatus(w, &apierrors.NewTooManyRequests("too many requests, please try again later", 1).ErrStatus)
	case 2:
		answerStatus(w, &apierrors.NewServiceUnavailable("apiserver is shutting down").ErrStatus)
	default:
		next.ServeHTTP(w, r)
	}
}

// decide tells the how-many-eth refusal a request gets now; 0 is none.
func (b *busyServer) decide(r *http.Request) int {
	list := r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/secrets")
	if r.Method != http.MethodPatch && !list {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	times, known := b.refused[line(r)]
	if !known {
		if b.seen++; b.seen%4 != 1 {
			b.refused[line(r)] = 2 // as if it had been already
			return 0
		}
	}
	if times == 2 {
		return 0
	}
	b.refusals++
	b.refused[line(r)] = times + 1
	return times + 1
}

// answerStatus answers as the API server does where it fails.
func answerStatus(w http.ResponseWriter, status *metav1.Status) {
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(int(status.Code))
	_, _ = w.Write(mustJSON(status))
}
