package test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupted: a signal while a request is held up ends the command with
// the signal's exit code; its token is revoked, every Secret still opens, and
// the command run again finishes the work.
func TestInterrupted(t *testing.T) {
	for name, test := range map[string]struct {
		signal    os.Signal
		code      int
		kube      bool // hold up the API server's requests, not Vault's
		hold      string
		but       int // let so many pass
		untouched int // at least so many Secrets are as they were
	}{
		"INT during rewrap":   {syscall.SIGINT, 130, false, "/rewrap/", 0, 40},
		"TERM during rewrap":  {syscall.SIGTERM, 143, false, "/rewrap/", 0, 40},
		"INT during list":     {syscall.SIGINT, 130, true, "GET /api/v1/namespaces/t-", 0, 40},
		"TERM during key":     {syscall.SIGTERM, 143, false, "GET /v1/transit/keys", 0, 40},
		"INT during rotation": {syscall.SIGINT, 130, false, "/rotate", 0, 40},
		"HUP during rewrap":   {syscall.SIGHUP, 129, false, "/rewrap/", 0, 40},
		"QUIT during rewrap":  {syscall.SIGQUIT, 131, false, "/rewrap/", 0, 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct, hold := newSealedNamespace(t), newRequestHold()
			var proxied sealedNamespace
			if rule := hold.before(test.hold, test.but); test.kube {
				proxied = direct.behindKube(t, rule)
			} else {
				proxied = direct.behindVault(t, rule)
			}
			t.Cleanup(hold.release)
			since := auditEnd(t)
			rotate := proxied.start(t, "rotate")
			hold.next(t)
			check(t, rotate.Process.Signal(test.signal))
			if code := rotate.end(t); code != test.code {
				t.Errorf("exit code %d, want %d; stderr: %s", code, test.code, &rotate.stderr)
			}
			if n := strings.Count("\n"+rotate.stderr.String(), "\nerror: "); n != 1 {
				t.Errorf("%d error lines: %s", n, &rotate.stderr)
			}
			allRevoked(t, since, proxied.namespace)
			versions, err := proxied.openAll()
			check(t, err)
			if versions["1"] < test.untouched {
				t.Errorf("Secrets by version: %v, want at least %d of version 1", versions, test.untouched)
			}
			finish(t, direct)
		})
	}
}

// finish runs the command again, undisturbed.
func finish(t *testing.T, p sealedNamespace) {
	t.Helper()
	rotate := p.start(t, "rotate")
	if code := rotate.end(t); code != 0 {
		t.Fatalf("run again: exit code %d: %s", code, &rotate.stderr)
	}
	versions, err := p.openAll()
	check(t, err)
	if len(versions) != 1 || versions["1"] > 0 {
		t.Errorf("run again: Secrets by version: %v", versions)
	}
}

// TestInterruptedLogin: the signal comes during a login. Its token is revoked although it is not used.
func TestInterruptedLogin(t *testing.T) {
	t.Parallel()
	login, decrypt := newRequestHold(), newRequestHold()
	answerLogin, holdDecrypt := login.after("/login"), decrypt.before("/decrypt/", 0)
	proxied := newSealedNamespace(t).behindVault(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answerLogin(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { holdDecrypt(w, r, next) }))
	})
	t.Cleanup(func() { login.release(); decrypt.release() })
	since := auditEnd(t)
	view := proxied.start(t, "view", "s-1")
	login.next(t)
	check(t, view.Process.Signal(syscall.SIGINT))
	// Nothing shows from outside that the signal has been taken. Where the login's answer overtakes it all
	// the same, the decryption waits for it.
	time.Sleep(200 * time.Millisecond)
	login.release()
	if code := view.end(t); code != 130 {
		t.Errorf("exit code %d, want 130; stderr: %s", code, &view.stderr)
	}
	if view.stdout.String() != "" {
		t.Errorf("stdout: %s", &view.stdout)
	}
	allRevoked(t, since, proxied.namespace)
}

// TestInterruptedCreate: nothing is written once the signal has come.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	hold := newRequestHold()
	proxied := newSealedNamespace(t).behindVault(t, hold.before("/decrypt/", 0))
	t.Cleanup(hold.release)
	file := filepath.Join(t.TempDir(), "secrets.json")
	check(t, os.WriteFile(file, []byte(`{"password": "interrupted-horse"}`), 0o600))
	since := auditEnd(t)
	create := proxied.start(t, "create", "s-1", "-f", file, "--overwrite")
	hold.next(t)
	check(t, create.Process.Signal(syscall.SIGTERM))
	if code := create.end(t); code != 143 {
		t.Errorf("exit code %d, want 143; stderr: %s", code, &create.stderr)
	}
	allRevoked(t, since, proxied.namespace)
	versions, err := proxied.openAll()
	check(t, err)
	if versions["1"] != proxied.count {
		t.Errorf("Secrets by version: %v", versions)
	}
}

// TestInterruptedWrites: the first signal lets the writes under way finish and begins no other; the report tells.
func TestInterruptedWrites(t *testing.T) {
	for name, test := range map[string]struct {
		signal os.Signal
		code   int
		twice  bool
		done   string
	}{
		"INT":      {syscall.SIGINT, 130, false, "9"},
		"TERM":     {syscall.SIGTERM, 143, false, "9"},
		"INT INT":  {syscall.SIGINT, 130, true, "5"},
		"TERM INT": {syscall.SIGTERM, 143, true, "5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct, hold := newSealedNamespace(t), newRequestHold()
			proxied := direct.behindKube(t, hold.before("PATCH", 5))
			t.Cleanup(hold.release)
			since := auditEnd(t)
			rotate := proxied.start(t, "rotate", "--concurrency", "4")
			for range 4 {
				hold.next(t)
			}
			check(t, rotate.Process.Signal(test.signal))
			rotate.stderr.await(t, "interrupt again to stop at once")
			if test.twice {
				check(t, rotate.Process.Signal(syscall.SIGINT))
			} else {
				hold.release()
			}
			if code := rotate.end(t); code != test.code {
				t.Errorf("exit code %d, want %d; stderr: %s", code, test.code, &rotate.stderr)
			}
			if !strings.Contains(rotate.stderr.String(), "stopped after "+test.done+" Secrets") ||
				!strings.Contains(rotate.stdout.String(), "transit/"+proxied.key) {
				t.Errorf("stdout: %s\nstderr: %s", &rotate.stdout, &rotate.stderr)
			}
			allRevoked(t, since, proxied.namespace)
			versions, err := direct.openAll()
			check(t, err)
			if got := strconv.Itoa(versions["2"]); got != test.done {
				t.Errorf("Secrets by version: %v, want %s rewrapped", versions, test.done)
			}
			finish(t, direct)
		})
	}
}

// TestInterruptedTwice: a second signal ends the command even if no server answers, not even to the revocation.
func TestInterruptedTwice(t *testing.T) {
	for name, signals := range map[string][2]syscall.Signal{
		"INT INT":   {syscall.SIGINT, syscall.SIGINT},
		"TERM TERM": {syscall.SIGTERM, syscall.SIGTERM},
		"TERM INT":  {syscall.SIGTERM, syscall.SIGINT},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rewrap, revocation := newRequestHold(), newRequestHold()
			holdRewrap, holdRevocation := rewrap.before("/rewrap/", 0), revocation.before("/revoke-self", 0)
			proxied := newSealedNamespace(t).behindVault(t,
				func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					holdRewrap(w, r,
						http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { holdRevocation(w, r, next) }))
				})
			t.Cleanup(func() { rewrap.release(); revocation.release() })
			rotate := proxied.start(t, "rotate")
			rewrap.next(t)
			check(t, rotate.Process.Signal(signals[0]))
			revocation.next(t)
			check(t, rotate.Process.Signal(signals[1]))
			if code := rotate.end(t); code != 128+int(signals[0]) {
				t.Errorf("exit code %d, want %d; stderr: %s", code, 128+int(signals[0]), &rotate.stderr)
			}
			if said := rotate.stderr.String(); !strings.Contains(said, "could not be revoked") ||
				!strings.Contains(said, "stopped after 0 Secrets") {
				t.Errorf("stderr: %s", said)
			}
			if _, err := proxied.openAll(); err != nil {
				t.Error(err)
			}
		})
	}
}

func auditEnd(t *testing.T) int64 {
	t.Helper()
	return logEnd(t, theStack.vaultAudit)
}

func logEnd(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	check(t, err)
	return info.Size()
}

// allRevoked: of the tokens that the namespace's ServiceAccounts have logged in for, none is left.
func allRevoked(t *testing.T, since int64, namespace string) {
	t.Helper()
	events, err := eventsSince[loginEvent](theStack.vaultAudit, since)
	check(t, err)
	logins, revoked := []string{}, map[string]bool{}
	for _, e := range events {
		switch {
		case e.Type != "response":
		case e.Request.Path == "auth/token/revoke-self":
			revoked[e.Auth.Accessor] = true
		case e.isLogin() && e.Response.Auth.Metadata.Namespace == namespace:
			logins = append(logins, e.Response.Auth.Accessor)
		}
	}
	for _, accessor := range logins {
		if !revoked[accessor] {
			t.Errorf("the token with accessor %s was not revoked", accessor)
		}
	}
	t.Logf("%d logins", len(logins))
}
