package test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"
)

// TestFaultShortTokens: a rotation crosses as many Vault tokens as it must.
func TestFaultShortTokens(t *testing.T) {
	t.Parallel()
	direct := newFaultNamespace(t, theStack, sized(4*batchItems, twoPages))
	direct.grant(t, "1s", "vaultseal-rotator")
	since := auditEnd(t)
	proxied := direct.behindKube(t, betweenPages(pagesOf(direct)-1, func() { time.Sleep(1500 * time.Millisecond) }))
	proxied.ends(t, []string{"rotate"}, 0)
	direct.allLatest(t)
	if got, want := len(logins(t, direct, since)), pagesOf(direct); got < want {
		t.Errorf("%d logins, want %d or more", got, want)
	}
	allOver(t, direct, since)
	direct.heals(t)
}

// TestFaultRevokedTokens: tokens that are revoked during a rotation are replaced.
func TestFaultRevokedTokens(t *testing.T) {
	t.Parallel()
	direct := newFaultNamespace(t, theStack, sized(4*batchItems, twoPages))
	direct.grant(t, "5m", "vaultseal-rotator")
	since := auditEnd(t)
	var revoked atomic.Int64
	pages := pagesOf(direct)
	proxied := direct.behindKube(t, betweenPages(pages-1, func() {
		count, err := direct.revokeAll()
		if err != nil {
			t.Error(err)
		}
		revoked.Add(int64(count))
	}))
	proxied.ends(t, []string{"rotate"}, 0)
	direct.allLatest(t)
	if int(revoked.Load()) < pages-1 {
		t.Errorf("%d tokens were revoked in %d pages", revoked.Load(), pages)
	}
	if got := len(logins(t, direct, since)); got < pages {
		t.Errorf("%d logins after %d revocations", got, revoked.Load())
	}
	direct.heals(t)
}

// pagesOf is how many pages a list of the namespace's Secrets has.
func pagesOf(ns sealedNamespace) int { return (ns.count + batchItems - 1) / batchItems }

// logins are the namespace's, since a position in Vault's audit log.
func logins(t *testing.T, ns sealedNamespace, since int64) []loginEvent {
	t.Helper()
	events, err := eventsSince[loginEvent](ns.on.vaultAudit, since)
	check(t, err)
	var found []loginEvent
	for _, e := range events {
		if e.isLogin() && e.Response.Auth.Metadata.Namespace == ns.namespace {
			found = append(found, e)
		}
	}
	return found
}

// revokeAll revokes the tokens that the namespace's role has given, and counts them.
func (p sealedNamespace) revokeAll() (int, error) {
	tokens, err := p.tokens()
	for _, accessor := range tokens {
		body := mustJSON(map[string]string{"accessor": accessor})
		if _, err := p.on.vaultRequest(context.Background(), "POST", "auth/token/revoke-accessor", body); err != nil {
			return 0, err
		}
	}
	return len(tokens), err
}

// tokens are the accessors of the tokens that the namespace's role has given and
// that are alive. (Vault's audit log has only their HMACs.)
func (p sealedNamespace) tokens() ([]string, error) {
	text, err := p.on.vaultRequest(context.Background(), "LIST", "auth/token/accessors", nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		Data struct {
			Keys []string `json:"keys"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	var found []string
	for _, accessor := range list.Data.Keys {
		body := mustJSON(map[string]string{"accessor": accessor})
		text, err := p.on.vaultRequest(context.Background(), "POST", "auth/token/lookup-accessor", body)
		if err != nil {
			continue // it has lapsed meanwhile
		}
		var token struct {
			Data struct {
				Meta struct {
					Role string `json:"role"`
				} `json:"meta"`
			} `json:"data"`
		}
		if err := json.Unmarshal(text, &token); err != nil {
			return nil, err
		}
		if token.Data.Meta.Role == p.namespace {
			found = append(found, accessor)
		}
	}
	return found, nil
}

// allOver: no token of the namespace is alive, a moment after its end.
func allOver(t *testing.T, ns sealedNamespace, since int64) {
	t.Helper()
	if len(logins(t, ns, since)) == 0 {
		t.Error("there was no login")
	}
	tokens, err := ns.tokens()
	check(t, err)
	if len(tokens) > 0 {
		t.Errorf("%d tokens were left", len(tokens))
	}
}
