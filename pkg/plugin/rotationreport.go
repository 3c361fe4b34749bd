package plugin

import (
	"fmt"
	"io"

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
		if n.OtherInstallation > 0 && n.OtherInstallation == n.Total() && o.output.value != outputWide {
			continue // a note says how many there are
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", key.TransitKey, rotatedWord(key)+o.dryRun.suffix(),
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

// versionOrNone is a key version, or a dash for a key that could not be read.
func versionOrNone(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("v%d", n)
}

// rotatedWord tells whether a key has a new version.
func rotatedWord(key vaultseal.KeyRotation) string {
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
