package plugin

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// verificationView is the report with what --against has found.
type verificationView struct {
	*vaultseal.VerificationReport `json:",inline"`

	Against *comparison `json:"against,omitempty"`
}

// secretsFound is how many Secrets there are findings about.
func (v *verificationView) secretsFound() int {
	found := map[string]bool{}
	for _, f := range v.Findings {
		if f.Name == "" && f.File == "" {
			continue // it is about a transit key
		}
		found[f.File+" "+f.Namespace+"/"+f.Name] = true
	}
	return len(found)
}

func (v *verificationView) differs() bool { return v.Against != nil && !v.Against.Equal }

func (o *verifyOptions) print(view *verificationView, selection vaultseal.Selection, failure error) error {
	out := o.globals.process.Out
	switch o.output.value {
	case outputJSON, outputYAML:
		return printObject(out, o.output.value, view)
	case outputName:
		return printFoundNames(out, view, selection)
	}
	if others := view.OtherInstallation; len(others) > 0 {
		o.globals.note("%s", notVerifiedNote(others))
	}
	if view.Summary.Secrets == 0 && len(view.Findings) == 0 {
		if failure == nil && len(view.OtherInstallation) == 0 {
			o.globals.note("no sealed Secrets %s", o.selection.where(selection))
		}
		return nil
	}
	if err := o.printFindings(out, view); err != nil {
		return err
	}
	if err := o.printComparison(out, view.Against); err != nil {
		return err
	}
	if view.Summary.Unbound > 0 && !o.requireBound {
		o.globals.note("%s", unboundNote(view.Summary.Unbound))
	}
	return say(out, "%s in %s checked: %s\n", count(view.Summary.Entries, "entry"), count(view.Summary.Secrets, "Secret"), tally(view))
}

func printFoundNames(out io.Writer, view *verificationView, selection vaultseal.Selection) error {
	if len(view.Findings) == 0 && view.differs() {
		return say(out, "secret/%s\n", selection.Names[0])
	}
	last := ""
	for _, finding := range view.Findings {
		if finding.Name == "" && finding.File == "" {
			continue // a transit key is not a Secret
		}
		where, name := finding.Namespace+"/"+finding.Name, "secret/"+finding.Name
		if finding.File != "" {
			where, name = finding.File, finding.File
		}
		if where != last {
			last = where
			if err := say(out, "%s\n", name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *verifyOptions) printFindings(out io.Writer, view *verificationView) error {
	if len(view.Findings) == 0 {
		return nil
	}
	wide := o.output.value == outputWide
	var alike *causes
	if !wide {
		alike = unreadable(view.Findings)
		for _, line := range alike.repeated("cannot be verified") {
			o.globals.warn("%s", line)
		}
	}
	table := newTable(out)
	header := []string{"NAMESPACE", "NAME", "ENTRY", "STATUS", "VERSION"}
	if o.selection.manifests.given() {
		header = append([]string{"FILE"}, header...)
	}
	if wide {
		header = append(header, "TRANSIT KEY")
	}
	table.row(append(header, "REASON")...)
	for _, f := range view.Findings {
		if f.Status == vaultseal.Unreadable && alike.counted(causeOfFinding(f)) > 1 {
			continue // it is told in one line with the others
		}
		row := []string{f.Namespace, f.Name, f.Entry, string(f.Status), version(f)}
		if o.selection.manifests.given() {
			row = append([]string{f.File}, row...)
		}
		if wide {
			row = append(row, f.TransitKey)
		}
		reason := f.Reason
		if f.Name == "" && f.File == "" {
			reason = "transit key " + f.TransitKey + ": " + reason
		}
		table.row(append(row, reason)...)
	}
	return table.Flush()
}

func version(f vaultseal.Finding) string {
	switch {
	case f.Version == 0:
		return ""
	case f.LatestVersion > f.Version:
		return fmt.Sprintf("v%d of v%d", f.Version, f.LatestVersion)
	}
	return fmt.Sprintf("v%d", f.Version)
}

func (o *verifyOptions) printComparison(out io.Writer, against *comparison) error {
	if against == nil {
		return nil
	}
	if against.Equal && !against.SameBytes {
		o.globals.note("entry %q holds the same document, laid out in other bytes", against.Entry)
	}
	for _, difference := range against.Differences {
		path := difference.Path
		if path == "" {
			path = "(the whole document)"
		}
		if err := say(out, "%s: %s %s\n", against.Entry, path, difference.Kind); err != nil {
			return err
		}
	}
	return nil
}

// statuses is the order in which findings are told.
func statuses() []vaultseal.EntryStatus {
	return []vaultseal.EntryStatus{
		vaultseal.Broken, vaultseal.Unreadable, vaultseal.Unsealed,
		vaultseal.Plaintext, vaultseal.Stale, vaultseal.Overdue, vaultseal.Unbound,
	}
}

// tally sums the findings up in a few words.
func tally(view *verificationView) string {
	var parts []string
	for _, status := range statuses() {
		if n := view.Summary.Findings[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	if view.differs() {
		parts = append(parts, view.Against.String())
	}
	if len(parts) == 0 {
		return "all open"
	}
	return strings.Join(parts, ", ")
}

// endOf is what the command ends with. Findings win over errors,
// unless all that was found is that nobody may look.
func (o *verifyOptions) endOf(view *verificationView, selection vaultseal.Selection, err error) error {
	if len(view.Findings) == 0 && !view.differs() {
		if err != nil && view.Summary.Secrets > 0 {
			return &reportError{code: exitPartial, err: err, hint: hint(err)}
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
	what := &reportError{code: exitFound, err: errors.New("verification found something: " + tally(view)), hint: o.findingsHint(view, selection)}
	if err != nil {
		what.err = fmt.Errorf("%w; and %w", what.err, err)
	}
	return what
}

// findingsHint says what to do about the findings, a line a kind.
func (o *verifyOptions) findingsHint(view *verificationView, selection vaultseal.Selection) string {
	var hints []string
	found := view.Summary.Findings
	managed := managedStale(view)
	if found[vaultseal.Stale] > managed {
		hints = append(hints, "bring stale entries up to date: kubectl vaultseal rotate --rewrap-only"+o.selection.words(selection))
	}
	if managed > 0 {
		hints = append(hints, fmt.Sprintf("%s stale in Secrets that a tool manages: rotate their manifests and apply these again: kubectl vaultseal rotate -f PATH --rewrap-only; or rewrap them in the cluster: kubectl vaultseal rotate --rewrap-only --include-managed%s",
			count(managed, "entry"), o.selection.words(selection)))
	}
	if found[vaultseal.Overdue] > 0 {
		hints = append(hints, "make a new version of an overdue transit key: kubectl vaultseal rotate --transit-key MOUNT/NAME"+o.selection.words(selection))
	}
	if o.selection.manifests.given() && found[vaultseal.Broken]+found[vaultseal.Unsealed] > 0 {
		hints = append(hints, "create the manifest of what is broken or not sealed again: kubectl vaultseal create NAME -f FILE --dry-run=client -o yaml")
	} else if found[vaultseal.Broken] > 0 {
		hints = append(hints, brokenHint(view))
	}
	if found[vaultseal.Unsealed] > 0 && !o.selection.manifests.given() {
		hints = append(hints, "seal what is not sealed: kubectl vaultseal create NAME -f FILE --adopt --merge")
	}
	if found[vaultseal.Plaintext] > 0 {
		hints = append(hints, "remove the annotation that REASON names: kubectl annotate secret NAME ANNOTATION-, and change the credential: backups hold it")
	}
	hints = append(hints, unreadableHints(view)...)
	if found[vaultseal.Unbound] > 0 {
		hints = append(hints, "to bind entries, seal them as a Secret of another name with a derived transit key, or delete this one first")
	}
	return strings.Join(hints, "\n")
}

// unreadableHints are what to do about what could not be read: in the cluster the first of them, in files each once.
func unreadableHints(view *verificationView) []string {
	var hints []string
	for _, finding := range view.Findings {
		if finding.Status != vaultseal.Unreadable || finding.Err == nil || finding.File == "" && len(hints) > 0 {
			continue
		}
		if text := hintIn(finding.File, finding.Err); text != "" && !slices.Contains(hints, text) && len(hints) < maxNamed {
			hints = append(hints, text)
		}
	}
	return hints
}

// brokenHint is of the first broken entry that has another key than the configured one: of such a Secret all entries
// must be sealed again.
func brokenHint(view *verificationView) string {
	for _, finding := range view.Findings {
		var other *vaultseal.OtherKeyError
		if finding.Status == vaultseal.Broken && errors.As(finding.Err, &other) {
			return otherKeyHint(other)
		}
	}
	return "seal broken entries again where they are: kubectl vaultseal create NAME -f FILE --merge"
}

// managedStale is how many of the stale entries are in Secrets that a tool would put back.
func managedStale(view *verificationView) int {
	n := 0
	for _, finding := range view.Findings {
		if finding.Status == vaultseal.Stale && finding.ManagedBy != "" {
			n++
		}
	}
	return n
}

// wordsOf are the flags of a selection.
func wordsOf(selection vaultseal.Selection) string {
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

func unboundNote(n int) string {
	if n == 1 {
		return "1 entry is bound to nothing: it opens wherever it is copied to"
	}
	return fmt.Sprintf("%d entries are bound to nothing: they open wherever they are copied to", n)
}
