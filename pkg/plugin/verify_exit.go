package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// endOf returns the result of the command. Findings override errors, unless the only finding is that the reads were
// denied.
func (o *verifyOptions) endOf(view *verificationView, selection engine.Selection, err error) error {
	if len(view.Findings) == 0 && !view.differs() {
		if err != nil && view.Summary.Secrets > 0 {
			return newReportError(exitPartial, err, hint(err))
		}
		return err
	}
	var first error
	allDenied := !view.differs()
	for _, finding := range view.Findings {
		allDenied = allDenied && denied(finding.Err)
		if first == nil {
			first = finding.Err
		}
	}
	if allDenied && view.secretsFound() == view.Summary.Secrets {
		return first
	}
	what := newReportError(exitFound, errors.New("verification found something: "+tally(view)),
		o.findingsHint(view, selection))
	if err != nil {
		what.err = fmt.Errorf("%w; and %w", what.err, err)
	}
	return what
}

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
	if o.selection.manifests.given() && found[engine.Broken]+found[engine.Unsealed] > 0 {
		hints = append(hints, "create the manifest of what is broken or not sealed again: kubectl vaultseal create "+
			"NAME -f FILE --dry-run=client -o yaml")
	} else if found[engine.Broken] > 0 {
		hints = append(hints, brokenHint(view))
	}
	if found[engine.Unsealed] > 0 && !o.selection.manifests.given() {
		hints = append(hints, "seal what is not sealed: kubectl vaultseal create NAME -f FILE --adopt --merge")
	}
	if found[engine.Plaintext] > 0 {
		hints = append(hints, "remove the annotation that REASON names: kubectl annotate secret NAME ANNOTATION-, "+
			"and change the credential: backups hold it")
	}
	hints = append(hints, unreadableHints(view)...)
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
	return "seal broken entries again where they are: kubectl vaultseal create NAME -f FILE --merge"
}

// managedStale is how many of the stale entries are in Secrets that a tool would put back.
func managedStale(view *verificationView) int {
	n := 0
	for _, finding := range view.Findings {
		if finding.Status == engine.Stale && finding.ManagedBy != "" {
			n++
		}
	}
	return n
}

// wordsOf are the flags of a selection.
func wordsOf(selection engine.Selection) string {
	var words strings.Builder
	for _, name := range selection.Names {
		words.WriteString(" " + name)
	}
	switch len(selection.Namespaces) {
	case 0:
		words.WriteString(" -A")
	case 1:
		words.WriteString(" -n " + selection.Namespaces[0])
	default:
		words.WriteString(" --namespaces " + strings.Join(selection.Namespaces, ","))
	}
	if selection.Discover {
		words.WriteString(" --discover")
	}
	if selection.Selector != "" {
		words.WriteString(" -l '" + selection.Selector + "'")
	}
	return words.String()
}
