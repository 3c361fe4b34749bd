package test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// otherClock answers as a server whose clock is ahead by a duration, or behind by a negative one.
func otherClock(args []string, _ func(*http.Request) bool) (rule, error) {
	ahead, err := time.ParseDuration(args[0])
	if err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&datedWriter{w, ahead}, r)
	}, nil
}

// datedWriter changes the Date header of an answer.
type datedWriter struct {
	http.ResponseWriter

	ahead time.Duration
}

func (w *datedWriter) WriteHeader(status int) {
	w.Header().Set("Date", time.Now().Add(w.ahead).UTC().Format(http.TimeFormat))
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the proxy flush.
func (w *datedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func runKubeClock(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: kubeclock NAME DURATION")
	}
	rule, err := otherClock(args[1:], nil)
	ts.Check(err)
	kubeconfig := ts.MkAbs(filepath.Join(".proxies", args[0]))
	ts.Check(os.MkdirAll(filepath.Dir(kubeconfig), 0o700))
	p, err := theStack.kubeProxy(rule, kubeconfig, ts.Getenv("NS"))
	ts.Check(err)
	named(ts, args[0], p)
	ts.Setenv(args[0], kubeconfig)
}
