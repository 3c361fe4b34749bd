package test

import (
	"strings"
	"testing"
	"time"
)

// twoPages are more Secrets than one page of a list has.
const twoPages = 520

// TestFaultVaultSealed: a Vault that is sealed in mid-rotation is waited for, and then ends it with an
// error that says so; unsealed, running again finishes.
func TestFaultVaultSealed(t *testing.T) {
	t.Parallel()
	vault := newOwnVault(t)
	direct := newFaultNamespace(t, vault.stack, twoPages)
	proxied := direct.behindKube(t, midway(func() {
		if err := vault.seal(); err != nil {
			t.Error(err)
		}
	}))
	rotate := proxied.ends(t, []string{"rotate"}, 5, 1)
	said := rotate.stderr.String()
	if !strings.Contains(said, "sealed") || !strings.Contains(said, "hint: ") {
		t.Errorf("stderr does not say that Vault is sealed, with a hint: %s", brief(said))
	}
	check(t, vault.open())
	direct.heals(t)
}

// TestFaultVaultRestarted: a Vault that crashes in mid-rotation and is started again delays it, no more.
func TestFaultVaultRestarted(t *testing.T) {
	t.Parallel()
	vault := newOwnVault(t)
	direct := newFaultNamespace(t, vault.stack, twoPages)
	crashed := make(chan struct{})
	proxied := direct.behindKube(t, midway(func() { vault.kill(); close(crashed) }))
	rotate := proxied.start(t, "rotate")
	select {
	case <-crashed:
		vault.start(t) // which takes it some seconds
	case <-time.After(commandEnd):
		t.Fatal("there was no second page")
	}
	rotate.endsWith(t, 0)
	direct.allLatest(t)
	direct.heals(t)
}

// TestFaultVaultLink: what the network between the plugin and Vault does.
func TestFaultVaultLink(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before func(t *testing.T, l *link) // the rotation
		midway func(t *testing.T, l *link)
		flags  []string
		codes  []int
	}{
		"slow": {before: func(t *testing.T, l *link) { l.latency(t, 300, 100) }, codes: []int{0}},
		"reset": {midway: func(t *testing.T, l *link) { l.reset(t); time.AfterFunc(2*time.Second, l.Heal) },
			codes: []int{0}},
		"cut a moment": {midway: cutFor(2 * time.Second), codes: []int{0}},
		"cut for good": {midway: func(_ *testing.T, l *link) { l.Cut() }, codes: []int{5, 1}},
		"half open": {midway: func(t *testing.T, l *link) { l.swallow(t) }, flags: []string{"--request-timeout=3s"},
			codes: []int{5, 1}},
		"half, at once": {before: func(t *testing.T, l *link) { l.swallow(t) }, flags: []string{"--request-timeout=3s"},
			codes: []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			count := 100
			if test.midway != nil {
				count = twoPages
			}
			direct := newFaultNamespace(t, theStack, count)
			proxied, link := direct.farVault(t)
			if test.before != nil {
				test.before(t, link)
			}
			if test.midway != nil {
				proxied = proxied.behindKube(t, midway(func() { test.midway(t, link) }))
			}
			proxied.ends(t, append([]string{"rotate"}, test.flags...), test.codes...)
			if test.codes[0] == 0 {
				direct.allLatest(t)
			}
			direct.heals(t)
		})
	}
}

// cutFor cuts a link for a while.
func cutFor(while time.Duration) func(t *testing.T, l *link) {
	return func(t *testing.T, l *link) {
		l.Cut()
		time.AfterFunc(while, func() {
			if err := l.Restore(); err != nil {
				t.Error(err)
			}
		})
	}
}
