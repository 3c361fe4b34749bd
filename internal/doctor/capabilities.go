package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	capabilitiesPath = "sys/capabilities-self"
	revokePath       = "auth/token/revoke-self"
)

// right is an operation that a token needs to be allowed at a path.
type right struct {
	id         ID
	path       string
	capability string
	gives      fact   // empty: nothing later depends on it
	without    string // for a right that is not necessary: the consequence of its absence
	ofKey      bool
}

func (r right) needs() []fact {
	if r.ofKey {
		return []fact{aLogin, aKeyName}
	}
	return []fact{aLogin}
}

// rights returns the rights that the part needs, in a fixed order.
func (e *examination) rights() []right {
	encrypt := right{id: MayEncrypt, path: keyPath(e.key, "encrypt"), capability: "update", gives: theRightToEncrypt,
		ofKey: true}
	decrypt := right{id: MayDecrypt, path: keyPath(e.key, "decrypt"), capability: "update", gives: theRightToDecrypt,
		ofKey: true}
	rewrap := right{id: MayRewrap, path: keyPath(e.key, "rewrap"), capability: "update", ofKey: true}
	read := right{id: MayReadKey, path: keyPath(e.key, "keys"), capability: "read", ofKey: true}
	rotate := right{id: MayRotate, path: keyPath(e.key, "keys") + "/rotate", capability: "update", ofKey: true}
	revoke := right{id: MayRevoke, path: revokePath, capability: "update",
		without: "the Vault token stays valid until it expires"}
	rights := []right{encrypt, decrypt, rewrap, read}
	if e.Part == config.Rotator {
		rights = []right{rewrap, read, rotate}
	}
	if e.auth.Method != transit.MethodToken { // whose token is never revoked
		rights = append(rights, revoke)
	}
	return rights
}

func keyPath(key transit.Key, verb string) string { return key.Mount + "/" + verb + "/" + key.Name }

// readCapabilities reads the capabilities of all paths with one request. A token without that right is no failure,
// because commands do not need it.
func (e *examination) readCapabilities(ctx context.Context) finding {
	paths := []string{revokePath}
	if e.known[aKeyName] {
		for _, verb := range []string{"encrypt", "decrypt", "rewrap", "keys"} {
			paths = append(paths, keyPath(e.key, verb))
		}
		paths = append(paths, keyPath(e.key, "keys")+"/rotate")
	}
	capabilities, err := e.session.Capabilities(ctx, paths...)
	if errors.Is(err, transit.ErrDenied) {
		found := ok("not known")
		found.worry(&PolicyError{
			Path: capabilitiesPath, Capability: "update", Policies: e.token.Policies,
			Consequence: fmt.Sprintf("the token may not ask %s what it may do", capabilitiesPath),
		})
		return found
	}
	if err != nil {
		return failed(err)
	}
	e.capabilities = capabilities
	return ok("%s answers", word(capabilitiesPath))
}

// judge compares the token's capabilities with a right. If they are unknown, later checks try the operation.
func (e *examination) judge(r right) finding {
	if e.capabilities == nil {
		e.know(r.gives)
		return notMade(theCapabilities)
	}
	if e.allowed(r.path, r.capability) {
		e.know(r.gives)
		return ok("%q on %s", word(r.capability), vaultPath(r.path))
	}
	missing := &PolicyError{Path: r.path, Capability: r.capability, Policies: e.token.Policies, Consequence: r.without}
	if r.without != "" {
		found := ok("no %q on %s", word(r.capability), vaultPath(r.path))
		found.worry(missing)
		return found
	}
	return failed(missing)
}

func (e *examination) allowed(path, capability string) bool {
	granted := e.capabilities[path]
	return slices.Contains(granted, capability) || slices.Contains(granted, "root")
}

// leastPrivilege checks that a rotator cannot see plaintext.
func (e *examination) leastPrivilege(context.Context) finding {
	if e.capabilities == nil {
		return notMade(theCapabilities)
	}
	found := ok("neither encrypts nor decrypts with %s", e.key)
	var excess []string
	for _, verb := range []string{"encrypt", "decrypt"} {
		if path := keyPath(e.key, verb); e.allowed(path, "update") {
			excess = append(excess, path)
		}
	}
	if len(excess) == 0 {
		return found
	}
	found = ok("more than a rotator needs")
	found.worry(&ExcessError{Paths: excess, Policies: e.token.Policies})
	return found
}
