package test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// killAt kills a process at its request of a number to the API server, before the server gets the request or after.
type killAt struct {
	request int
	after   bool

	mu      sync.Mutex
	seen    int
	started chan *process // gets the process once
	target  *process
}

func (k *killAt) rule(w http.ResponseWriter, r *http.Request, next http.Handler) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.target == nil {
		k.target = <-k.started
	}
	k.seen++
	if k.seen != k.request {
		next.ServeHTTP(w, r)
		return
	}
	if k.after {
		next.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	}
	_ = k.target.Process.Kill()
	panic(http.ErrAbortHandler) // no answer
}

// TestMoveKilled: a move that is killed at any of its requests leaves a Secret that opens, and running it again
// finishes it.
func TestMoveKilled(t *testing.T) {
	t.Parallel()
	direct := newSealedNamespace(t)
	direct.plugin = "kubectl-vaultseal" // without the race detector, which takes longer
	direct.ends(t, []string{"create", "old", "--from-literal=a=move-horse"}, 0)
	for request := 1; ; request++ {
		killed := false
		for _, after := range []bool{false, true} {
			k := &killAt{request: request, after: after, started: make(chan *process, 1)}
			move := direct.behindKube(t, k.rule).start(t, "reseal", "old", "--to-name", "new", "--move")
			k.started <- move
			code := move.end(t)
			switch code {
			case -int(syscall.SIGKILL):
				killed = true
			case 0:
			default:
				t.Fatalf("request %d: exit code %d: %s", request, code, move.stderr.String())
			}
			direct.moved(t, request)
		}
		if !killed {
			if request < 6 {
				t.Errorf("a move makes only %d requests", request)
			}
			return
		}
	}
}

// moved finishes the move, and moves the Secret back.
func (p sealedNamespace) moved(t *testing.T, request int) {
	t.Helper()
	old, made := p.opens(t, "old"), p.opens(t, "new")
	if !old && !made {
		t.Fatalf("request %d: neither Secret opens", request)
	}
	if old {
		p.ends(t, []string{"reseal", "old", "--to-name", "new", "--move"}, 0)
	}
	if !p.opens(t, "new") || p.opens(t, "old") {
		t.Fatalf("request %d: running it again has not finished it", request)
	}
	p.ends(t, []string{"reseal", "new", "--to-name", "old", "--move"}, 0)
}

// opens reports whether the Secret is there and opens; one that is there and does not open is a failure.
func (p sealedNamespace) opens(t *testing.T, name string) bool {
	t.Helper()
	view := p.start(t, "view", name, "a")
	code := view.end(t)
	switch {
	case code == 0 && view.stdout.String() == "move-horse":
		return true
	case code == 0 || !strings.Contains(view.stderr.String(), "not found"):
		t.Fatalf("view %s: %d %s %s", name, code, view.stdout.String(), view.stderr.String())
	}
	return false
}
