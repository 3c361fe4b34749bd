package plugin

import (
	"fmt"
	"io"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/formcheck"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

func (o *verifyOptions) printOffline(view *offlineView) error {
	out := o.globals.process.Out
	switch o.output.value {
	case outputJSON, outputYAML:
		return printObject(out, o.output.value, view.Report)
	case outputName:
		return view.printFiles(out)
	}
	for _, finding := range view.Findings {
		if err := say(out, "%s\n", findingLine(finding)); err != nil {
			return err
		}
	}
	for _, note := range o.offlineNotes(view) {
		o.globals.note("%s", note)
	}
	verdict := tallyOf(view.Summary.Findings)
	if verdict == "" {
		verdict = "nothing found"
	}
	return say(out, "%s in %s of %s checked offline, only for form: %s\n", count(view.Summary.Entries, "entry"),
		count(view.Summary.Secrets, "Secret"), count(view.Summary.Files, "file"), verdict)
}

// findingLine is a finding in the form that editors and CI read: FILE:LINE: what is wrong.
func findingLine(f engine.Finding) string {
	var line strings.Builder
	if f.File != "" {
		fmt.Fprintf(&line, "%s:%d: ", f.File, max(1, f.Line))
	}
	line.WriteString(string(f.Status) + ": ")
	if f.Name != "" {
		line.WriteString("secret " + strings.TrimPrefix(f.Namespace+"/"+f.Name, "/") + " ")
	}
	if f.Entry != "" {
		fmt.Fprintf(&line, "entry %q: ", f.Entry)
	} else if f.Name != "" {
		return printable.Line(strings.TrimSuffix(line.String(), " ") + ": " + f.Reason)
	}
	return printable.Line(line.String() + f.Reason)
}

// printFiles prints the files with findings.
func (v *offlineView) printFiles(out io.Writer) error {
	last := ""
	for _, finding := range v.Findings {
		if finding.File == last || finding.File == "" {
			continue
		}
		last = finding.File
		if err := say(out, "%s\n", printable.Line(last)); err != nil {
			return err
		}
	}
	return nil
}

// offlineNotes say what was not checked, and what is not a finding.
func (o *verifyOptions) offlineNotes(view *offlineView) []string {
	var notes []string
	if plain := view.LeftPlain; len(plain) > 0 {
		notes = append(notes, fmt.Sprintf("%s left plain, as the type requires: %s", count(len(plain), "Secret"),
			firstOf(placeLines(plain))))
	}
	if templates := view.Templates; len(templates) > 0 {
		notes = append(notes, fmt.Sprintf("%s of templates not checked: %s; to check what is rendered: helm template "+
			". | kubectl vaultseal verify --offline -f -", count(len(templates), "value"),
			firstOf(placeLines(templates))))
	}
	if n := view.Summary.OutOfView; n > 0 {
		notes = append(notes, count(n, "Secret")+" of other namespaces out of view")
	}
	if n := view.Summary.Unbound; n > 0 && !o.requireBound && !o.requireScope.given() {
		notes = append(notes, count(n, "sealed Secret")+" without a scope")
	}
	if note := o.secretAge.unknownNote(view.Summary.AgeUnknown); note != "" {
		notes = append(notes, note)
	}
	return notes
}

func placeLines(places []formcheck.Place) []string {
	all := make([]string, len(places))
	for n, place := range places {
		all[n] = fmt.Sprintf("%s:%d", place.File, place.Line)
		if place.Type != "" {
			all[n] += " (" + place.Type + ")"
		}
	}
	return all
}
