package plugin

import (
	"fmt"
	"io"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The colours of a terminal.
const (
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	plain  = "\x1b[0m"
)

// mark is what a status looks like.
func mark(status doctor.Status, colourful bool) string {
	sign, colour := "–", ""
	switch status {
	case doctor.OK:
		sign, colour = "✓", green
	case doctor.Warning:
		sign, colour = "!", yellow
	case doctor.Failed:
		sign, colour = "✗", red
	}
	if !colourful || colour == "" {
		return sign
	}
	return colour + sign + plain
}

// diagnosisPrinter prints a diagnosis: first what to do first, then what else was found.
type diagnosisPrinter struct {
	*doctor.Diagnosis

	all       bool // every check, also those that were not made
	colourful bool

	text  strings.Builder
	width int
}

// printTo writes the report in one piece.
func (p *diagnosisPrinter) printTo(out io.Writer) error {
	for _, check := range p.Checks {
		p.width = max(p.width, len(check.ID))
	}
	switch first := p.First(); {
	case p.NotSetUp() && !p.all:
		parts := []string{printable.Line(first.Summary)}
		if first.Hint != "" { // of a report without names
			parts = append(parts, printable.Line(first.Hint))
		}
		fmt.Fprintf(&p.text, "%s %s  %s\n", mark(first.Status, p.colourful), first.ID, strings.Join(parts, ": "))
	case first != nil:
		p.print(first)
		p.text.WriteByte('\n')
		p.printOthers(func(check *doctor.Check) bool { return check != first })
		p.printEnd()
	default:
		p.printWorking()
		p.printEnd()
	}
	_, err := io.WriteString(out, p.text.String())
	return err
}

// printWorking prints a report without failures: the warnings, then how many checks passed.
func (p *diagnosisPrinter) printWorking() {
	warns := func(check *doctor.Check) bool { return check.Status == doctor.Warning }
	for n := range p.Checks {
		if warns(&p.Checks[n]) {
			p.print(&p.Checks[n])
		}
	}
	passed := fmt.Sprintf("%d checks passed", p.Count(doctor.OK))
	if p.Count(doctor.OK) == 1 {
		passed = "1 check passed"
	}
	verdict := "all is well: " + passed
	if warnings := p.Count(doctor.Warning); warnings > 0 {
		verdict = fmt.Sprintf("nothing is broken: %s, %d with a warning", passed, warnings)
	}
	if !p.all {
		verdict += "; --all lists them"
	}
	fmt.Fprintf(&p.text, "%s %s\n", mark(doctor.OK, p.colourful), verdict)
	p.printOthers(func(check *doctor.Check) bool {
		return !warns(check) && (p.all || check.Status == doctor.Skipped)
	})
}

// printOthers prints the checks that were made, with --all also those that were not.
func (p *diagnosisPrinter) printOthers(selected func(*doctor.Check) bool) {
	for n := range p.Checks {
		if check := &p.Checks[n]; selected(check) && (p.all || !check.NotMade()) {
			p.print(check)
		}
	}
}

// print prints a check, how to fix it, and where to read more.
func (p *diagnosisPrinter) print(check *doctor.Check) {
	fmt.Fprintf(&p.text, "%s %-*s  %s\n", mark(check.Status, p.colourful), p.width, check.ID,
		printable.Line(check.Summary))
	indent := strings.Repeat(" ", len("! ")+p.width+len("  "))
	for line := range strings.Lines(check.Hint) {
		_ = say(&p.text, "%shint: %s\n", indent, strings.TrimSuffix(line, "\n"))
	}
	if check.URL != "" {
		_ = say(&p.text, "%ssee %s\n", indent, check.URL)
	}
}

// printEnd prints how many checks were not made, and the versions.
func (p *diagnosisPrinter) printEnd() {
	if count, need := p.NotMade(); count > 0 && !p.all {
		checks, they := "checks were", "they need"
		if count == 1 {
			checks, they = "check was", "it needs"
		}
		_ = say(&p.text, "%d %s not made: %s %s; --all lists them\n", count, checks, they, need)
	}
	var versions []string
	for _, program := range [][2]string{
		{"kubectl-vaultseal", p.Versions.Plugin}, {"Kubernetes", p.Versions.Kubernetes},
		{transit.Product(p.Versions.Product).String(), p.Versions.Vault},
	} {
		if version := program[1]; version != "" {
			versions = append(versions, program[0]+" "+printable.Line(version))
		}
	}
	if len(versions) > 0 {
		_ = say(&p.text, "versions: %s\n", strings.Join(versions, ", "))
	}
}
