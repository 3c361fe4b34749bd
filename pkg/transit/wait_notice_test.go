package transit

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestWaitingIsTold(t *testing.T) {
	v := newFakeVault(t)
	failing(v, 3, standby)
	var told []string
	c, err := NewClient(Config{Address: v.server.URL, CACertPEM: v.caPEM(),
		Waiting: func(reason string, upTo time.Duration) {
			told = append(told, fmt.Sprint(reason, " ", upTo.Round(time.Second)))
		}})
	if err != nil {
		t.Fatal(err)
	}
	passing(c)
	s := c.NewSession(testAuth())
	if err := encryptOne(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if want := []string{"no active node 30s", " 0s"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestWaitingForAnActiveNodeIsTold: also while nodes are asked that are down.
func TestWaitingForAnActiveNodeIsTold(t *testing.T) {
	left := newFakeVault(t)
	left.before = func(w http.ResponseWriter, r *http.Request) bool { standby(w, r); return true }
	var told []string
	c, err := NewClient(Config{
		Address: "https://" + newBalancer(t, left.hostPort(), "", "").Addr().String(), CACertPEM: left.caPEM(),
		Waiting: func(reason string, _ time.Duration) { told = append(told, reason) },
	})
	if err != nil {
		t.Fatal(err)
	}
	passing(c)
	if err := encryptOne(t.Context(), c.NewSession(testAuth())); !errors.Is(err, ErrUnreachable) {
		t.Error(err)
	}
	if want := []string{"no active node", ""}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestTheEndOfWaitingIsToldOnce: when the last one does not wait any more.
func TestTheEndOfWaitingIsToldOnce(t *testing.T) {
	var told []string
	w := waitNotices{tell: func(reason string, _ time.Duration) { told = append(told, reason) }}
	var wg sync.WaitGroup
	first := w.begin("a", 0)
	for range 50 {
		wg.Go(func() { w.begin("a", 0)() })
	}
	wg.Wait()
	w.begin("b", 0)()
	first()
	if want := []string{"a", "b", ""}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
