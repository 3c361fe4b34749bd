package plugin

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/formcheck"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

// verificationView is the report with what --against has found.
type verificationView struct {
	*engine.VerificationReport `json:",inline"`

	Against *comparison `json:"against,omitempty"`
	// Enforcement is whether the API server checks the Secrets of the namespaces in view.
	Enforcement []setup.NamespaceEnforcement `json:"enforcement,omitempty"`
}

// secretsFound is how many Secrets there are findings about.
func (v *verificationView) secretsFound() int {
	found := map[string]bool{}
	for _, f := range v.Findings {
		if f.Name == "" && f.File == "" {
			continue // it is about a transit key, or what is missing
		}
		found[f.File+" "+f.Namespace+"/"+f.Name] = true
	}
	return len(found)
}

func (v *verificationView) differs() bool { return v.Against != nil && !v.Against.Equal }

func (o *verifyOptions) print(view *verificationView, selection engine.Selection, failure error) error {
	out := o.globals.process.Out
	switch o.output.value {
	case outputJSON, outputYAML:
		return printObject(out, o.output.value, view)
	case outputName:
		return printFoundNames(out, view, selection)
	case outputOpenMetrics:
		o.metrics.report, o.metrics.complete = view.VerificationReport, failure == nil
		return nil // measured prints them
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
	if err := o.globals.printNamespaces(out, view.Namespaces); err != nil {
		return err
	}
	for _, note := range enforcementNotes(view.Enforcement) {
		o.globals.note("%s", note)
	}
	if view.Summary.Unbound > 0 && !o.requireBound && !o.requireScope.given() {
		o.globals.note("%s", unboundNote(view.Summary.Unbound))
	}
	if note := o.secretAge.unknownNote(view.Summary.AgeUnknown); note != "" {
		o.globals.note("%s", note)
	}
	return say(out, "%s in %s checked: %s\n", count(view.Summary.Entries, "entry"),
		count(view.Summary.Secrets, "Secret"), tally(view))
}

func printFoundNames(out io.Writer, view *verificationView, selection engine.Selection) error {
	if len(view.Findings) == 0 && view.differs() {
		return say(out, "secret/%s\n", selection.Names[0])
	}
	last := ""
	for _, finding := range view.Findings {
		if finding.Name == "" && finding.File == "" {
			continue // it is not about a Secret
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
	var many map[engine.EntryStatus]bool
	inOneLine := map[engine.EntryStatus]*causes{}
	if !wide {
		inOneLine[engine.Unreadable] = alike(view.Findings, engine.Unreadable)
		inOneLine[engine.ForeignKey] = alike(view.Findings, engine.ForeignKey)
		for _, line := range slices.Concat(inOneLine[engine.Unreadable].repeated("cannot be verified"),
			inOneLine[engine.ForeignKey].repeated("have a foreign key")) {
			o.globals.warn("%s", line)
		}
		var lines []string
		many, lines = manyAged(view.Findings)
		for _, line := range lines {
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
		if inOneLine[f.Status].counted(causeOfFinding(f)) > 1 || many[f.Status] {
			continue // it is part of one line with the others
		}
		row := []string{f.Namespace, f.Name, f.Entry, string(f.Status), version(f)}
		if o.selection.manifests.given() {
			row = append([]string{f.File}, row...)
		}
		if wide {
			row = append(row, f.TransitKey)
		}
		reason := f.Reason
		if f.Name == "" && f.TransitKey != "" && f.File == "" {
			reason = "transit key " + f.TransitKey + ": " + reason
		}
		table.row(append(row, reason)...)
	}
	return table.Flush()
}

func version(f engine.Finding) string {
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
		path := difference.Path.String()
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
func statuses() []engine.EntryStatus {
	return []engine.EntryStatus{
		engine.Broken, engine.Unreadable, engine.Unsealed, formcheck.Malformed, engine.Plaintext,
		formcheck.Incomplete, engine.ForeignKey, engine.Expired,
		engine.Stale, engine.Overdue, engine.ExpiresSoon, engine.Old, engine.Unbound, engine.WeakScope, engine.Missing,
	}
}

// tally sums the findings up in a few words.
func tally(view *verificationView) string {
	var parts []string
	if found := tallyOf(view.Summary.Findings); found != "" {
		parts = append(parts, found)
	}
	if view.differs() {
		parts = append(parts, view.Against.String())
	}
	if len(parts) == 0 {
		return "all open"
	}
	return strings.Join(parts, ", ")
}

// tallyOf counts findings by status.
func tallyOf(findings map[engine.EntryStatus]int) string {
	var parts []string
	for _, status := range statuses() {
		if n := findings[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return strings.Join(parts, ", ")
}

func unboundNote(n int) string {
	if n == 1 {
		return "1 entry is bound to nothing: it opens wherever it is copied to"
	}
	return fmt.Sprintf("%d entries are bound to nothing: they open wherever they are copied to", n)
}
