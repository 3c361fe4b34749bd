package engine

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// scopeMatters reports whether Vault must prove scopes.
func (r VerifyRequest) scopeMatters() bool {
	return r.RequireBound || r.LeastScope != sealed.Unbound
}

// proven is the scope that Vault has proven. Vault ignores the context of a key that is not derived.
func (p boundProof) proven() sealed.Scope {
	if p.unbound() {
		return sealed.Unbound
	}
	return p.scope
}

// scopeFindings are findings about the scope of an entry that opens.
func (v *verification) scopeFindings(t *task, entry sealed.Entry) []Finding {
	switch least := v.request.LeastScope; {
	case !v.request.scopeMatters():
		return nil
	case t.proof.err != nil:
		return []Finding{t.found(entry.Name, Unreadable, t.proof.err)}
	case v.request.RequireBound && t.proof.unbound():
		return []Finding{t.found(entry.Name, Unbound, nil)}
	case !t.proof.proven().Covers(least):
		finding := t.found(entry.Name, WeakScope, nil)
		finding.Scope, finding.RequiredScope = t.proof.proven().String(), least.String()
		finding.Reason = fmt.Sprintf("its scope is %s, weaker than %s", finding.Scope, finding.RequiredScope)
		if t.secret.Scope != t.proof.proven() {
			finding.Reason += fmt.Sprintf(": its annotation says %s, but transit key %s is not derived",
				t.secret.Scope, t.state.key)
		}
		return []Finding{finding}
	}
	return nil
}

// foreignKey is the finding that a Secret has another key than the configured one of its namespace. Everyone who may
// edit a Secret can seal it with their own key and annotate that key: then it opens, with content that they chose.
func (v *verification) foreignKey(t *task) []Finding {
	if t.state == nil {
		return nil
	}
	other := v.client.otherKey(t.keyed())
	if other == nil {
		return nil
	}
	finding := t.found("", ForeignKey, other)
	finding.ConfiguredKey = other.Configured.String()
	if err := t.vaultError(); errors.Is(err, transit.ErrDenied) || errors.Is(err, transit.ErrKeyNotFound) {
		other.Err = err // set after the reason is; it reports whether the entries cannot be resealed
	}
	return []Finding{finding}
}

// missing is the finding that fewer sealed Secrets are in view than expected.
func (v *verification) missing() []Finding {
	if v.summary.Sealed >= v.request.Expect {
		return nil
	}
	err := fmt.Errorf("%d sealed Secrets seen, %d expected", v.summary.Sealed, v.request.Expect)
	return []Finding{{Status: Missing, Reason: err.Error(), Err: err}}
}
