package test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// commandRun is one command of a script, and when it ran.
type commandRun struct {
	namespace, command string
	start, end         time.Time
}

func (r commandRun) String() string { return r.command }

// commandRuns are all commands of all scripts.
type commandRuns struct {
	mu  sync.Mutex
	all []commandRun
}

var theRuns commandRuns

// timed records a command; call what it returns when the command has ended.
func (r *commandRuns) timed(ts *testscript.TestScript, args []string) (ended func()) {
	return r.timedIn(ts.Getenv("NS"), ts.Name()+": "+strings.Join(args, " "))
}

func (r *commandRuns) timedIn(namespace, command string) (ended func()) {
	one := commandRun{namespace: namespace, command: command, start: time.Now()}
	return func() {
		one.end = time.Now()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, one)
	}
}

// during are the commands that ran at a moment and may have used a ServiceAccount of that namespace: of a namespace
// that a script has made, only that script's commands, and of another namespace all commands.
func (r *commandRuns) during(moment time.Time, namespace string) []commandRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found, own []commandRun
	scripts := false
	for _, one := range r.all {
		isOwn := one.namespace == namespace || strings.HasPrefix(namespace, one.namespace+"-")
		scripts = scripts || isOwn
		if moment.Before(one.start) || moment.After(one.end) {
			continue
		}
		found = append(found, one)
		if isOwn {
			own = append(own, one)
		}
	}
	if scripts {
		return own // none: the script runs something else, as a shell or requests of its own
	}
	return found
}

// made reports whether one of them ran at a moment for that namespace.
func (r *commandRuns) made(moment time.Time, namespace string) bool {
	return slices.ContainsFunc(r.during(moment, namespace),
		func(one commandRun) bool { return one.namespace == namespace })
}

// handmade are the logins that scripts have made themselves, without the plugin.
var handmade commandRuns

// loginEvent is what Vault's audit log says of logins and revocations.
type loginEvent struct {
	Type string    `json:"type"`
	Time time.Time `json:"time"`
	Auth struct {
		Accessor string `json:"accessor"`
	} `json:"auth"`
	Request struct {
		Path string `json:"path"`
	} `json:"request"`
	Response struct {
		Auth *struct {
			Accessor    string `json:"accessor"`
			DisplayName string `json:"display_name"`
			TokenType   string `json:"token_type"`
			TokenTTL    int    `json:"token_ttl"` // seconds
			Metadata    struct {
				Namespace string `json:"service_account_namespace"`
			} `json:"metadata"`
		} `json:"auth"`
	} `json:"response"`
}

func (e loginEvent) isLogin() bool {
	return e.Type == "response" && e.Response.Auth != nil && strings.HasSuffix(e.Request.Path, "/login")
}

// outlived reports whether the token may have lapsed for one of the commands before it ended. The plugin counts from
// when it sent the login, which was after its own start, and after the login before where that was its own.
func (e loginEvent) outlived(commands []commandRun, before time.Time) bool {
	ttl := time.Duration(e.Response.Auth.TokenTTL) * time.Second
	return slices.ContainsFunc(commands, func(one commandRun) bool {
		sent := one.start
		if len(commands) == 1 && before.After(sent) {
			sent = before
		}
		return one.end.Sub(sent) >= ttl
	})
}

// TestEveryLoginIsRevoked looks back on the scripts: whatever a command of
// theirs logged in with, it has revoked before it ended, failed or not, unless
// the token had lapsed by then. (Tests run in the order of their files' names:
// this one comes after scripts_test.go.)
func TestEveryLoginIsRevoked(t *testing.T) {
	events, err := eventsSince[loginEvent](theStack.vaultAudit, 0)
	if err != nil {
		t.Fatal(err)
	}
	revoked := map[string]bool{}
	for _, e := range events {
		if e.Type == "response" && e.Request.Path == "auth/token/revoke-self" {
			revoked[e.Auth.Accessor] = true
		}
	}
	logins, before := 0, map[string]time.Time{}
	for _, e := range events {
		if !e.isLogin() || e.Response.Auth.TokenType == "batch" {
			continue
		}
		namespace := e.Response.Auth.Metadata.Namespace
		commands := theRuns.during(e.Time, namespace)
		last := before[namespace]
		before[namespace] = e.Time
		if len(commands) == 0 || handmade.made(e.Time, namespace) {
			continue // not of these scripts' commands
		}
		logins++
		if !revoked[e.Response.Auth.Accessor] && !e.outlived(commands, last) {
			t.Errorf("%s at %s was not revoked by its command, one of %v", e.Response.Auth.DisplayName, e.Time,
				commands)
		}
	}
	t.Logf("%d logins", logins)
}
