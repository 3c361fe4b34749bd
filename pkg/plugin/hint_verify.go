package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/formcheck"
)

// findingsHint says what to do about the findings, a line a kind.
func (o *verifyOptions) findingsHint(view *verificationView, selection engine.Selection) string {
	var hints []string
	found := view.Summary.Findings
	managed := managedStale(view)
	if found[engine.Stale] > managed {
		hints = append(hints, "bring stale entries up to date: kubectl vaultseal rotate --rewrap-only"+
			o.selection.words(selection))
	}
	if managed > 0 {
		hints = append(hints, fmt.Sprintf("%s stale in Secrets that a tool manages: rotate their manifests and apply "+
			"these again: kubectl vaultseal rotate -f PATH --rewrap-only; or rewrap them in the cluster: kubectl "+
			"vaultseal rotate --rewrap-only --include-managed%s",
			count(managed, "entry"), o.selection.words(selection)))
	}
	if found[engine.Overdue] > 0 {
		hints = append(hints, "make a new version of an overdue transit key: kubectl vaultseal rotate --transit-key "+
			"MOUNT/NAME"+o.selection.words(selection))
	}
	plain := ofPlainType(view)
	if o.selection.manifests.given() && found[engine.Unsealed] > plain {
		hints = append(hints, plaintextManifestHint())
	}
	if moved, file := firstMoved(view); o.selection.manifests.given() && moved != nil {
		hints = append(hints, movedHintIn(file, moved))
	} else if o.selection.manifests.given() && found[engine.Broken] > 0 {
		hints = append(hints, "create the manifest again for what is broken: kubectl vaultseal create NAME -f FILE "+
			"--dry-run=client -o yaml")
	} else if found[engine.Broken] > 0 {
		hints = append(hints, brokenHint(view))
	}
	if found[engine.Unsealed] > plain && !o.selection.manifests.given() {
		hints = append(hints, "seal the entries that are not sealed: kubectl vaultseal create NAME -f FILE "+
			"--adopt --merge")
	}
	if plain > 0 {
		hints = append(hints, plainTypeHint())
	}
	if found[engine.Plaintext] > 0 {
		hints = append(hints, "remove the annotation that REASON names: kubectl annotate secret NAME ANNOTATION-, "+
			"and change the credential: backups hold it")
	}
	hints = slices.Concat(hints, unreadableHints(view), o.ageHints(view.Findings))
	for _, hint := range o.demandHints(view, selection) {
		if !slices.Contains(hints, hint) {
			hints = append(hints, hint)
		}
	}
	return strings.Join(hints, "\n")
}

// unreadableHints are what to do about what could not be read: in the cluster the first of them, in files each once.
func unreadableHints(view *verificationView) []string {
	var hints []string
	for _, finding := range view.Findings {
		if finding.Status != engine.Unreadable || finding.Err == nil || finding.File == "" && len(hints) > 0 {
			continue
		}
		if text := hintIn(finding.File, finding.Err); text != "" && !slices.Contains(hints, text) &&
			len(hints) < maxNamed {
			hints = append(hints, text)
		}
	}
	return hints
}

// brokenHint is of the first broken entry that has another key than the configured one: of such a Secret all entries
// must be sealed again.
func brokenHint(view *verificationView) string {
	for _, finding := range view.Findings {
		var other *engine.OtherKeyError
		if finding.Status == engine.Broken && errors.As(finding.Err, &other) {
			return otherKeyHint(other)
		}
	}
	if moved, _ := firstMoved(view); moved != nil {
		return movedHint(moved)
	}
	return "seal broken entries again where they are: kubectl vaultseal create NAME -f FILE --merge"
}

// firstMoved is the first broken entry with a known place or evidence of a move, and its file; nil: none.
func firstMoved(view *verificationView) (*engine.MovedError, string) {
	for _, finding := range view.Findings {
		var moved *engine.MovedError
		if finding.Status == engine.Broken && errors.As(finding.Err, &moved) && moved.Known() {
			return moved, finding.File
		}
	}
	return nil, ""
}

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

func (o *verifyOptions) weakScopeHint() string {
	if o.selection.manifests.given() {
		return "create the manifest of a weak scope again: kubectl vaultseal create NAME -f FILE --scope " +
			o.requireScope.String() + " --dry-run=client -o yaml"
	}
	return "check the values of a Secret with a weak scope, then bind them: kubectl vaultseal reseal NAME --scope " +
		o.requireScope.String() +
		"; add --transit-key MOUNT/NAME of a derived key where the Secret's is not derived"
}

// offlineHints say what to do about the findings of verify --offline, a line a kind.
func (o *verifyOptions) offlineHints(view *offlineView) string {
	var hints []string
	add := func(hint string, about ...engine.EntryStatus) {
		for _, status := range about {
			if view.Summary.Findings[status] > 0 {
				hints = append(hints, hint)
				return
			}
		}
	}
	add(plaintextManifestHint(), engine.Unsealed)
	if view.Summary.Findings[formcheck.Malformed] > malformedAges(view.Findings) {
		add("create the manifest again for what is malformed: kubectl vaultseal create NAME -f FILE --dry-run=client "+
			"-o yaml", formcheck.Malformed)
	}
	add("remove the annotation from the manifest", engine.Plaintext)
	add("change each credential whose plaintext has left your machine: git's history keeps it", engine.Unsealed,
		engine.Plaintext)
	add("add metadata.namespace or metadata.name to an incomplete manifest, with the values that it was sealed for",
		formcheck.Incomplete)
	add(o.weakScopeHint(), engine.WeakScope)
	add("seal what is unbound again with a derived transit key: kubectl vaultseal create NAME -f FILE --transit-key "+
		"MOUNT/NAME --dry-run=client -o yaml", engine.Unbound)
	hints = append(hints, o.ageHints(view.Findings)...)
	add("find the manifest that was removed, or is no longer sealed, with git log -- PATH; if that is right, lower "+
		"--expect", engine.Missing)
	for _, finding := range view.Findings {
		if finding.Status != engine.Unreadable {
			continue
		}
		if text := hintIn(finding.File, finding.Err); text != "" && !slices.Contains(hints, text) {
			hints = append(hints, text)
		}
	}
	return strings.Join(hints, "\n")
}
