package plugin

import (
	"errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// demandHints say what to do about Secrets that open, and are not as they should be.
func (o *verifyOptions) demandHints(view *verificationView, selection engine.Selection) []string {
	var hints []string
	found := view.Summary.Findings
	if found[engine.ForeignKey] > 0 {
		hints = append(hints, o.foreignKeyHint(view))
	}
	if found[engine.Unbound] > 0 {
		hints = append(hints, "check the values of unbound entries, then move their Secret to a derived key, which "+
			"binds them: kubectl vaultseal reseal NAME --transit-key MOUNT/NAME")
	}
	if found[engine.WeakScope] > 0 {
		hints = append(hints, o.weakScopeHint())
	}
	if found[engine.Missing] > 0 && o.selection.manifests.given() {
		hints = append(hints, "find the manifest that was removed, or is no longer sealed, with git log -- PATH; if "+
			"that is right, lower --expect")
	} else if found[engine.Missing] > 0 {
		hints = append(hints, "find the Secret that was deleted, lost its label or is no longer sealed: kubectl "+
			"vaultseal list"+o.selection.words(selection)+"; if that is right, lower --expect")
	}
	return hints
}

// foreignKeyHint is about the first of them.
func (o *verifyOptions) foreignKeyHint(view *verificationView) string {
	for _, finding := range view.Findings {
		var other *engine.OtherKeyError
		switch {
		case finding.Status != engine.ForeignKey || !errors.As(finding.Err, &other):
		case o.selection.manifests.given():
			return "create the manifest of a foreign key again, with the key of its namespace: kubectl vaultseal " +
				"create NAME -f FILE --dry-run=client -o yaml"
		case other.Err != nil || view.brokenIn(finding):
			return otherKeyHint(other)
		default:
			return "check the values of a Secret with a foreign key, as everyone who may edit it can choose them; " +
				"then " + moveToConfigured(other)
		}
	}
	return ""
}

// brokenIn reports whether the Secret of a finding does not open.
func (v *verificationView) brokenIn(finding engine.Finding) bool {
	for _, f := range v.Findings {
		if f.Namespace == finding.Namespace && f.Name == finding.Name &&
			(f.Status == engine.Broken || f.Status == engine.Unreadable) {
			return true
		}
	}
	return false
}

func (o *verifyOptions) weakScopeHint() string {
	if o.selection.manifests.given() {
		return "create the manifest of a weak scope again: kubectl vaultseal create NAME -f FILE --scope " +
			o.requireScope.String() + " --dry-run=client -o yaml"
	}
	return "check the values of a Secret with a weak scope, then bind them: kubectl vaultseal reseal NAME --scope " +
		o.requireScope.String() +
		"; add --transit-key MOUNT/NAME of a derived key where the Secret's is not derived"
}
