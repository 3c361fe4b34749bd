package plugin

import (
	"fmt"
	"io"
	"strconv"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

func (o *rotateOptions) print(report *engine.RotationReport, request engine.RotateRequest, failure error) error {
	out := o.globals.process.Out
	switch o.output.value {
	case outputJSON, outputYAML:
		return printObject(out, o.output.value, report)
	case outputName:
		return printRewrappedNames(out, report)
	}
	if report.Summary.Total() == 0 && !begun(report) {
		if failure == nil {
			o.globals.note("no sealed Secrets %s", o.selection.where(request.Selection))
		}
		return nil
	}
	if err := o.printEach(out, report); err != nil {
		return err
	}
	if err := o.printKeys(out, report); err != nil {
		return err
	}
	if err := o.globals.printNamespaces(out, report.Namespaces); err != nil {
		return err
	}
	o.explain(report, request)
	return nil
}

// printRewrappedNames names what was written: Secrets, or files, each once.
func printRewrappedNames(out io.Writer, report *engine.RotationReport) error {
	last := ""
	for _, secret := range report.Secrets {
		if secret.Status != engine.Rewrapped {
			continue
		}
		name := secret.File
		if name == "" {
			name = "secret/" + secret.Name
		} else if name == last {
			continue
		}
		last = name
		if err := say(out, "%s\n", name); err != nil {
			return err
		}
	}
	return nil
}

// printRotatedFiles prints a row for each file.
func printRotatedFiles(out io.Writer, report *engine.RotationReport) error {
	table := newTable(out)
	table.row("FILE", "SECRETS", "REWRAPPED", "ENTRIES", "CURRENT", "SKIPPED", "FAILED")
	for rest := report.Secrets; len(rest) > 0; {
		file, entries := rest[0].File, 0
		var n engine.Counts
		for len(rest) > 0 && rest[0].File == file {
			n.Add(rest[0].Status)
			entries += rest[0].Entries
			rest = rest[1:]
		}
		table.row(append([]string{file}, numbers(n.Total(), n.Rewrapped, entries, n.Current, n.Left(), n.Failed)...)...)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}

// printKeys prints a row for each transit key.
func (o *rotateOptions) printKeys(out io.Writer, report *engine.RotationReport) error {
	if len(report.Keys) == 0 {
		return nil
	}
	table := newTable(out)
	table.row("TRANSIT KEY", "ROTATED", "FROM", "TO", "REWRAPPED", "ENTRIES", "CURRENT", "SKIPPED", "FAILED")
	for _, key := range report.Keys {
		n := key.Secrets
		if n.OtherInstallation > 0 && n.OtherInstallation == n.Total() && o.output.value != outputWide {
			continue // a note says how many there are
		}
		row := []string{key.TransitKey, rotatedWord(key) + o.dryRun.suffix(), versionOrNone(key.FromVersion),
			versionOrNone(key.ToVersion)}
		table.row(append(row, numbers(n.Rewrapped, key.Entries, n.Current, n.Left(), n.Failed)...)...)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, key := range report.Retirements {
		if err := say(out, "%s\n", retired(key, o.dryRun.suffix())); err != nil {
			return err
		}
	}
	return nil
}

// printEach prints a row for each Secret, where that was asked for, or for each file.
func (o *rotateOptions) printEach(out io.Writer, report *engine.RotationReport) error {
	files := o.selection.manifests.given()
	switch {
	case o.output.value == outputWide:
		return printRotatedSecrets(out, report, files)
	case files:
		return printRotatedFiles(out, report)
	}
	return nil
}

func printRotatedSecrets(out io.Writer, report *engine.RotationReport, files bool) error {
	table := newTable(out)
	row := func(file string, cells ...string) {
		if files {
			cells = append([]string{file}, cells...)
		}
		table.row(cells...)
	}
	row("FILE", "NAMESPACE", "NAME", "TRANSIT KEY", "STATUS", "ENTRIES", "REASON")
	for _, secret := range report.Secrets {
		row(secret.File, secret.Namespace, secret.Name, secret.TransitKey, string(secret.Status),
			strconv.Itoa(secret.Entries), secret.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}

// numbers are cells of a row.
func numbers(values ...int) []string {
	cells := make([]string, len(values))
	for n, value := range values {
		cells[n] = strconv.Itoa(value)
	}
	return cells
}

// versionOrNone is a key version, or a dash for a key that could not be read.
func versionOrNone(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("v%d", n)
}

// rotatedWord reports whether a key has a new version.
func rotatedWord(key engine.KeyRotation) string {
	if key.Unknown {
		return "unknown"
	}
	return yesNo(key.Rotated)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// count is a number with its noun.
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun == "entry":
		return fmt.Sprintf("%d entries", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
