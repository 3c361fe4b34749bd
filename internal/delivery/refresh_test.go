//go:build unix

package delivery

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// refreshing is a Refresher that runs, and what it said.
type refreshing struct {
	*pod
	stop    context.CancelFunc
	ended   chan error
	reports chan string // failures, "ok" and "N dirs"
}

func (p *pod) refreshing(times refreshTimes) *refreshing {
	p.Helper()
	ctx, stop := context.WithCancel(p.Context())
	r := &refreshing{pod: p, stop: stop, ended: make(chan error, 1), reports: make(chan string, 100)}
	refresher := &Refresher{Plan: p.plan(), Open: p.open, times: times,
		Report: func(failed error) {
			if failed == nil {
				r.reports <- "ok"
				return
			}
			r.reports <- failed.Error()
		},
		Refreshed: func(dirs []string) { r.reports <- strings.Repeat("dir ", len(dirs)) }}
	go func() { r.ended <- refresher.Run(ctx) }()
	p.Cleanup(r.end)
	return r
}

func (r *refreshing) end() {
	r.stop()
	if err := <-r.ended; err != nil {
		r.Errorf("Run: %v", err)
	}
	r.ended <- nil
}

func (r *refreshing) expect(want string) {
	r.Helper()
	select {
	case got := <-r.reports:
		if strings.TrimSpace(got) != want {
			r.Fatalf("%q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		r.Fatalf("nothing was said, want %q", want)
	}
}

func soon() refreshTimes {
	return refreshTimes{poll: time.Hour, unwatched: 20 * time.Millisecond, settle: time.Millisecond,
		retry: 10 * time.Millisecond, retryAtMost: 50 * time.Millisecond}
}

func TestRefreshFollowsKubelet(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "a", "1", "b", "1")
	p.kubelet("sealed/tls", "x", "1")
	switchTo(t, p.at("from"), texts("conf", "1"))
	p.sealed("sealed/db=db").sealed("sealed/tls=tls").write("dir", "open/db=db").write("copy", "open/db=from").
		write("dir", "open/tls=tls")
	r := p.refreshing(soon())
	r.expect("dir dir")
	p.kubelet("sealed/db", "a", "2", "c", "2")
	r.expect("dir")
	p.has("open/db/a", "2")
	p.has("open/db/c", "2")
	p.hasNot("open/db/b")
	switchTo(t, p.at("from"), texts("conf", "2"))
	r.expect("dir")
	p.has("open/db/conf", "2")
	p.has("open/tls/x", "1")
	r.end()
	if want := []string{"db/a db/b tls/x", "db/a db/c", "db/a db/c"}; !slices.Equal(p.opens, want) {
		t.Errorf("opened %q, want %q", p.opens, want)
	}
}

// TestRewrappedFilesAreNotSwitched: after a rotation the plaintext is the same.
func TestRewrappedFilesAreNotSwitched(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "a", "1")
	p.sealed("sealed/db=db").write("dir", "open/db=db").write("file", "open/db/mine=db/b,optional")
	r := p.refreshing(soon())
	r.expect("dir")
	before, _ := generation(p.at("open/db"))
	files, _ := readVolume(p.at("sealed/db"))
	text := string(files["a"].content)
	switchTo(t, p.at("sealed/db"), texts("a", strings.Replace(text, "vault:v1:", "vault:v2:", 1)))
	for end := time.Now().Add(20 * time.Second); len(p.openedSoFar()) < 2 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	if after, _ := generation(p.at("open/db")); after != before {
		t.Error("the files were switched")
	}
	p.kubelet("sealed/db", "a", "1", "b", "2")
	r.expect("dir")
}

func (p *pod) openedSoFar() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.opens)
}

func TestFailedRefreshKeepsTheFiles(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "a", "1")
	p.kubelet("sealed/tls", "x", "1")
	p.sealed("sealed/db=db").sealed("sealed/tls=tls").write("dir", "open/db=db").write("dir", "open/tls").
		write("file", "open/tls/x=tls/x")
	p.fail(errors.New("vault is sealed"))
	r := p.refreshing(soon())
	r.expect("vault is sealed")
	p.hasNot("open/db/a")
	p.fail(nil)
	r.expect("dir dir")
	r.expect("ok")
	p.fail(errors.New("vault is unreachable"))
	p.kubelet("sealed/db", "a", "2")
	r.expect("vault is unreachable")
	p.has("open/db/a", "1")
	p.fail(errors.New("denied"))
	r.expect("denied")
	p.fail(nil)
	r.expect("dir")
	r.expect("ok")
	p.has("open/db/a", "2")
	p.kubelet("sealed/tls") // as when the entry of an optional Secret is gone
	p.kubelet("sealed/db", "a", "3")
	r.expect(`secret shop/tls: entry "x": not found in ` + p.at("sealed/tls"))
	p.has("open/tls/x", "1")
	p.has("open/db/a", "2")
}

func TestRefreshWithoutEvents(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "a", "1")
	p.sealed("sealed/db=db").write("dir", "open/db=db")
	times := soon()
	times.poll, times.settle = 20*time.Millisecond, 0
	r := p.refreshing(times)
	r.expect("dir")
	p.kubelet("sealed/db", "a", "2")
	r.expect("dir")
	p.has("open/db/a", "2")
}

// TestRestartedRefreshKeepsTheFiles: when a sidecar starts again while Vault is down, it keeps the files and the
// directories for nested mounts, and tries again.
func TestRestartedRefreshKeepsTheFiles(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "a", "1")
	p.sealed("sealed/db=db").write("dir", "open/db=db")
	p.targets.MakeDirs = []string{p.at("open/db/nested")}
	r := p.refreshing(soon())
	r.expect("dir")
	r.end()
	p.fail(errors.New("vault is sealed"))
	p.kubelet("sealed/db", "a", "2")
	r = p.refreshing(soon())
	r.expect("vault is sealed")
	p.has("open/db/a", "1")
	if info, err := os.Stat(p.at("open/db/nested")); err != nil || !info.IsDir() {
		t.Errorf("%v, %v", info, err)
	}
	p.fail(nil)
	r.expect("dir")
	r.expect("ok")
	p.has("open/db/a", "2")
}

// TestRefreshDeliversTheRestOnce: a file of its own is not refreshed, and its failure is the end.
func TestRefreshDeliversTheRestOnce(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "a", "1")
	p.sealed("sealed/db=db").write("dir", "open/db=db").write("file", "x=db/a")
	r := p.refreshing(soon())
	for end := time.Now().Add(20 * time.Second); len(p.openedSoFar()) < 1 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	p.kubelet("sealed/db", "a", "2")
	r.expect("dir")
	r.end()
	p.has("x", "1")
	p.has("open/db/a", "2")
	if len(p.opens) != 2 {
		t.Errorf("opened %q", p.opens)
	}
	p.fail(errors.New("vault is sealed"))
	err := (&Refresher{Plan: p.plan(), Open: p.open}).Run(t.Context())
	if err == nil || err.Error() != "vault is sealed" {
		t.Errorf("%v", err)
	}
}
