package plugin

import (
	"fmt"
	"io"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
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

// printDiagnosis prints a line for each check, and below it how to fix it.
func printDiagnosis(out io.Writer, diagnosis *doctor.Diagnosis, colourful bool) error {
	width := 0
	for _, check := range diagnosis.Checks {
		width = max(width, len(check.ID))
	}
	indent := strings.Repeat(" ", len("! ")+width+len("  "))
	var text strings.Builder
	for _, check := range diagnosis.Checks {
		fmt.Fprintf(&text, "%s %-*s  %s\n", mark(check.Status, colourful), width, check.ID,
			printable.Line(check.Summary))
		for line := range strings.Lines(check.Hint) {
			_ = say(&text, "%shint: %s\n", indent, strings.TrimSuffix(line, "\n"))
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}
