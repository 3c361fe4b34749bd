package plugin

import (
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

// printDifferences prints where the plaintext differs: on stdout before the Secret's own line, or as notes when stdout
// is for machines.
func (o *createOptions) printDifferences(result *engine.CreateResult) error {
	name := result.Secret.Name
	if len(result.Differences) == 0 {
		o.globals.note("secret %s: no entry differs", name)
		return nil
	}
	for _, difference := range result.Differences {
		lines, err := linesOf(difference)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			o.globals.note("secret %s: entry %q is the same document, laid out in other bytes", name, difference.Entry)
		}
		for _, line := range lines {
			if err := o.printDifference(name, line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *createOptions) printDifference(name, line string) error {
	if o.output.value != outputHuman {
		o.globals.note("secret %s: %s", name, line)
		return nil
	}
	return say(o.globals.process.Out, "%s\n", line)
}

// linesOf lists the places where an entry differs. The list is empty when both documents say the same in other bytes.
func linesOf(entry engine.EntryDifference) ([]string, error) {
	differences := []document.Difference{{Kind: entry.Kind}}
	if format, err := document.FormatOf(entry.Entry); err == nil && entry.Kind == document.Changed {
		differences, err = tellApart(documentText{format, entry.Before}, documentText{format, entry.After})
		if err != nil {
			return nil, err
		}
	}
	lines := make([]string, len(differences))
	for n, d := range differences {
		place := strings.TrimPrefix(d.Path.String()+" ", " ") // a field of a document; empty: the whole entry
		lines[n] = printable.Line(entry.Entry + ": " + place + string(d.Kind))
	}
	return lines, nil
}
