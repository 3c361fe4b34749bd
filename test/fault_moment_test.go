package test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// written waits until so many Secrets of the namespace have been changed since it was made.
// It looks at the stack's own API server, whatever becomes of others, and lists again and again: other tests compact
// etcd and start API servers beside it, which ends a watch.
func (p sealedNamespace) written(t *testing.T, count int) (wait func()) {
	t.Helper()
	before := p.revisions(t)
	return func() {
		t.Helper()
		end := time.Now().Add(commandEnd)
		for changed := 0; changed < count; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d Secrets were written, not %d", changed, count)
			}
			changed = 0
			for name, revision := range p.revisions(t) {
				if before[name] != revision {
					changed++
				}
			}
		}
	}
}

// revisions are the resourceVersions of the namespace's Secrets by name.
func (p sealedNamespace) revisions(t *testing.T) map[string]string {
	t.Helper()
	core, err := theStack.core()
	check(t, err)
	text, err := core.RESTClient().Get().Namespace(p.namespace).Resource("secrets").
		SetHeader("Accept",
			"application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1").Do(context.Background()).Raw()
	check(t, err)
	var list metav1.PartialObjectMetadataList
	check(t, json.Unmarshal(text, &list))
	revisions := map[string]string{}
	for _, secret := range list.Items {
		revisions[secret.Name] = secret.ResourceVersion
	}
	return revisions
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
				for patches.Load() < (page-1)*batchItems+some && r.Context().Err() == nil {
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

// nextPage reports whether a list is asked for from its second page on.
func nextPage(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Query().Get("continue") != ""
}
