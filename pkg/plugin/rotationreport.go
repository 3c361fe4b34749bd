package plugin

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"k8s.io/cli-runtime/pkg/printers"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

func (o *rotateOptions) print(report *vaultseal.RotationReport, request vaultseal.RotateRequest, failure error) error {
	out := o.globals.process.Out
	switch o.output.value {
	case outputJSON, outputYAML:
		return printObject(out, o.output.value, report)
	case outputName:
		return printRewrappedNames(out, report)
	}
	if report.Summary.Total() == 0 && !rotatedAny(report) {
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
	o.explain(report, request)
	return nil
}

// printRewrappedNames names what was written: Secrets, or files, each once.
func printRewrappedNames(out io.Writer, report *vaultseal.RotationReport) error {
	last := ""
	for _, secret := range report.Secrets {
		if secret.Status != vaultseal.Rewrapped {
			continue
		}
		name := secret.File
		if name == "" {
			name = "secret/" + secret.Name
		} else if name == last {
			continue
		}
		last = name
		if _, err := fmt.Fprintln(out, name); err != nil {
			return err
		}
	}
	return nil
}

// printRotatedFiles prints a row for each file.
func printRotatedFiles(out io.Writer, report *vaultseal.RotationReport) error {
	table := printers.GetNewTabWriter(out)
	fmt.Fprintf(table, "FILE\tSECRETS\tREWRAPPED\tENTRIES\tCURRENT\tSKIPPED\tFAILED\n")
	for rest := report.Secrets; len(rest) > 0; {
		file, entries := rest[0].File, 0
		var n vaultseal.Counts
		for len(rest) > 0 && rest[0].File == file {
			n.Add(rest[0].Status)
			entries += rest[0].Entries
			rest = rest[1:]
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\n", file, n.Total(), n.Rewrapped, entries, n.Current, n.Left(), n.Failed)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}

// printKeys prints a row for each transit key.
func (o *rotateOptions) printKeys(out io.Writer, report *vaultseal.RotationReport) error {
	if len(report.Keys) == 0 {
		return nil
	}
	table := printers.GetNewTabWriter(out)
	fmt.Fprintf(table, "TRANSIT KEY\tROTATED\tFROM\tTO\tREWRAPPED\tENTRIES\tCURRENT\tSKIPPED\tFAILED\n")
	for _, key := range report.Keys {
		n := key.Secrets
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", key.TransitKey, yesNo(key.Rotated)+o.dryRun.suffix(),
			versionOrNone(key.FromVersion), versionOrNone(key.ToVersion), n.Rewrapped, key.Entries, n.Current, n.Left(), n.Failed)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, key := range report.Retirements {
		if _, err := fmt.Fprintln(out, retired(key, o.dryRun.suffix())); err != nil {
			return err
		}
	}
	return nil
}

// printEach prints a row for each Secret, where that was asked for, or for each file.
func (o *rotateOptions) printEach(out io.Writer, report *vaultseal.RotationReport) error {
	files := o.selection.manifests.given()
	switch {
	case o.output.value == outputWide:
		return printRotatedSecrets(out, report, files)
	case files:
		return printRotatedFiles(out, report)
	}
	return nil
}

func printRotatedSecrets(out io.Writer, report *vaultseal.RotationReport, files bool) error {
	table := printers.GetNewTabWriter(out)
	if files {
		fmt.Fprintf(table, "FILE\t")
	}
	fmt.Fprintf(table, "NAMESPACE\tNAME\tTRANSIT KEY\tSTATUS\tENTRIES\tREASON\n")
	for _, secret := range report.Secrets {
		if files {
			fmt.Fprintf(table, "%s\t", secret.File)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", secret.Namespace, secret.Name, secret.TransitKey, secret.Status, secret.Entries, secret.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}

// explain says on stderr what the table does not: failures, skips, and what
// was left for somebody else to do.
func (o *rotateOptions) explain(report *vaultseal.RotationReport, request vaultseal.RotateRequest) {
	var managed, immutable []string
	for _, secret := range report.Secrets {
		where := secret.Namespace + "/" + secret.Name
		switch secret.Status {
		case vaultseal.Failed:
			if report.Summary.Total() > 1 { // the error says it otherwise
				o.globals.warn("%s", secret.Reason)
			}
		case vaultseal.Managed:
			managed = append(managed, fmt.Sprintf("%s (%s)", where, secret.Reason))
		case vaultseal.Immutable:
			immutable = append(immutable, where)
		case vaultseal.Skipped:
			o.globals.note("secret %s skipped: %s", where, secret.Reason)
		}
		if secret.Status != vaultseal.Skipped && len(secret.Unsealed) > 0 {
			o.globals.warn("secret %s has entries that are not sealed, which were left alone: %v", where, secret.Unsealed)
		}
	}
	o.explainLeft(managed, immutable)
	for _, key := range report.Keys {
		o.explainKey(key, report, request)
	}
}

// explainLeft says which Secrets were left to others, and what to do about them.
func (o *rotateOptions) explainLeft(managed, immutable []string) {
	if n := len(managed); n > 0 {
		o.globals.note("left alone, as a tool would put the old ciphertext back: %s\nhint: rotate the manifests where they come from, or add --include-managed", someOf(managed[:min(n, maxNamed)], n))
	}
	if n := len(immutable); n > 0 {
		o.globals.note("left alone, as it is immutable: %s\nhint: delete it, and create it anew sealed with the latest version", someOf(immutable[:min(n, maxNamed)], n))
	}
}

// maxNamed is how many Secrets a note names.
const maxNamed = 10

func (o *rotateOptions) explainKey(key vaultseal.KeyRotation, report *vaultseal.RotationReport, request vaultseal.RotateRequest) {
	switch {
	case key.Young:
		o.globals.note("transit key %s was not rotated: its latest version is younger than %s", key.TransitKey, o.ifOlderThan)
	case !key.Rotated && !key.Owned && !request.RewrapOnly && key.ToVersion > 0:
		o.globals.note("transit key %s was not rotated: only annotations name it. To rotate it too: kubectl vaultseal rotate --transit-key %s%s", key.TransitKey, key.TransitKey, o.selection.words(request.Selection))
	case key.Rotated && report.Partial && !report.DryRun:
		o.globals.note("Secrets under %s that were not in view may be stale now. To rewrap them: kubectl vaultseal rotate --rewrap-only -A", key.TransitKey)
	}
}

// versionOrNone is a key version, or a dash for a key that could not be read.
func versionOrNone(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("v%d", n)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// endOf is what the command ends with: the error that ended the
// rotation, the Secrets that failed, or the key versions that could not be retired.
func (o *rotateOptions) endOf(report *vaultseal.RotationReport, request vaultseal.RotateRequest, err error) error {
	done := report.Summary.Done()
	switch {
	case err != nil && (done > 0 || rotatedAny(report)):
		finish := "finish with kubectl vaultseal rotate --rewrap-only" + o.selection.words(request.Selection)
		var raised *vaultseal.NotLoweredError
		if errors.As(err, &raised) {
			finish = raised.Hint()
		}
		return &reportError{code: stoppedCode(done, err), err: fmt.Errorf("stopped after %s: %w", count(done, "Secret"), err), hint: finish}
	case err != nil:
		return err
	case report.Summary.Failed > 0:
		return failuresError(report)
	}
	return retirementError(report)
}

// failuresError says how many Secrets failed.
func failuresError(report *vaultseal.RotationReport) error {
	var first error
	allDenied := true
	for _, secret := range report.Secrets {
		if secret.Status == vaultseal.Failed {
			allDenied = allDenied && denied(secret.Err)
			if first == nil {
				first = secret.Err
			}
		}
	}
	if report.Summary.Total() == 1 {
		return first
	}
	code := exitFailed
	switch {
	case report.Summary.Done() > 0:
		code = exitPartial
	case allDenied:
		code = exitDenied
	}
	return &reportError{code: code, err: fmt.Errorf("%s of %d not rewrapped", count(report.Summary.Failed, "Secret"), report.Summary.Total()), hint: hint(first)}
}

// rotatedAny tells whether a key has a new version, so that running the command
// again would make one more.
func rotatedAny(report *vaultseal.RotationReport) bool {
	return !report.DryRun && slices.ContainsFunc(report.Keys, func(k vaultseal.KeyRotation) bool { return k.Rotated })
}

func stoppedCode(done int, err error) int {
	switch {
	case done > 0:
		return exitPartial
	case denied(err):
		return exitDenied
	}
	return exitFailed
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
