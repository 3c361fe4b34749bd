package plugin

import (
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// printChanges says what differs in the Secret's plaintext: on stdout before its line, or as notes where stdout is for
// machines.
func (o *createOptions) printChanges(result *engine.CreateResult) error {
	name := result.Secret.Name
	if len(result.Changes) == 0 {
		o.globals.note("secret %s: no entry differs", name)
		return nil
	}
	for _, change := range result.Changes {
		lines, err := linesOf(change)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			o.globals.note("secret %s: entry %q is the same document, laid out in other bytes", name, change.Entry)
		}
		for _, line := range lines {
			if err := o.printChange(name, line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *createOptions) printChange(name, line string) error {
	if o.output.value != outputHuman {
		o.globals.note("secret %s: %s", name, line)
		return nil
	}
	return say(o.globals.process.Out, "%s\n", line)
}

// linesOf are the places where an entry differs. There are none where a document is the same in other bytes.
func linesOf(change engine.EntryChange) ([]string, error) {
	differences := []difference{{Kind: string(change.Kind)}}
	if format, err := document.FormatOf(change.Entry); err == nil && change.Kind == engine.EntryReplaced {
		differences, err = tellApart(documentText{format, change.Before}, documentText{format, change.After})
		if err != nil {
			return nil, err
		}
	}
	lines := make([]string, len(differences))
	for n, d := range differences {
		lines[n] = change.Entry + ": " + strings.TrimPrefix(d.Path+" "+d.Kind, " ")
	}
	return lines, nil
}
