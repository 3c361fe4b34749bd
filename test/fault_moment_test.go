package test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// written waits until so many Secrets of the field have been changed since it was made.
// It looks at the stack's own API server, whatever becomes of others.
func (p plot) written(t *testing.T, count int) (wait func()) {
	t.Helper()
	core, err := theStack.core()
	check(t, err)
	list, err := core.Secrets(p.namespace).List(context.Background(), metav1.ListOptions{Limit: 1})
	check(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	changes, err := core.Secrets(p.namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	check(t, err)
	return func() {
		t.Helper()
		defer changes.Stop()
		for seen := 0; seen < count; {
			change, more := <-changes.ResultChan()
			if !more {
				t.Fatalf("only %d Secrets were changed", seen)
			}
			if change.Type == watch.Modified {
				seen++
			}
		}
	}
}

// betweenPages does something to a rotation of many pages before the second
// page, and so many times in all before the next ones. Each time some Secrets of
// the page before have been written, and the rest of them may be on their way.
func betweenPages(times int, do func()) rule {
	const some = 50
	var pages, patches atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if nextPage(r) {
			if page := pages.Add(1); page <= int64(times) {
				for patches.Load() < (page-1)*cropBatch+some && r.Context().Err() == nil {
					time.Sleep(5 * time.Millisecond)
				}
				do()
			}
		}
		next.ServeHTTP(w, r)
		if r.Method == http.MethodPatch {
			patches.Add(1)
		}
	}
}

// midway does something once to a rotation of more than one page: Secrets are
// being written, and others still have to go to Vault.
func midway(do func()) rule { return betweenPages(1, do) }

// nextPage tells whether a list is asked for from its second page on.
func nextPage(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Query().Get("continue") != ""
}
