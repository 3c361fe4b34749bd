package test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// runKubeBarrier is of proxyCommands: it lets several clients reach the same step before the first of them goes on.
func runKubeBarrier(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: kubebarrier NAME PATTERN COUNT")
	}
	matches, err := pattern(args[1])
	ts.Check(err)
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	kubeconfig := ts.MkAbs(filepath.Join(".proxies", args[0]))
	ts.Check(os.MkdirAll(filepath.Dir(kubeconfig), 0o700))
	p, err := theStack.kubeProxy(barrier(matches, count), kubeconfig, ts.Getenv("NS"))
	ts.Check(err)
	named(ts, args[0], p)
	ts.Setenv(args[0], kubeconfig)
}

// barrier holds the first requests that match until that many have come.
func barrier(matches func(*http.Request) bool, count int) rule {
	var mu sync.Mutex
	all := make(chan struct{})
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if matches(r) {
			mu.Lock()
			if count--; count == 0 {
				close(all)
			}
			mu.Unlock()
			select {
			case <-all:
			case <-r.Context().Done():
			}
		}
		next.ServeHTTP(w, r)
	}
}
