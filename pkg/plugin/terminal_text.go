package plugin

import (
	"fmt"
	"io"
	"strings"

	"k8s.io/cli-runtime/pkg/printers"

	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

// What people read is printed by say, in a table, or on the stderr of filtered: names and messages are written by
// others. What machines read, and plaintext, are printed byte for byte.

// filtered lets only characters through to stderr that can be shown.
func (p Process) filtered() Process {
	if _, is := p.ErrOut.(*printable.Writer); !is {
		p.ErrOut = printable.NewWriter(p.ErrOut)
	}
	return p
}

// rawErr is stderr for what draws on the terminal itself, and for other programs.
func (p Process) rawErr() io.Writer {
	if filter, is := p.ErrOut.(*printable.Writer); is {
		return filter.Unwrap()
	}
	return p.ErrOut
}

// say writes a text for people. Arguments add no line to those of the format, and send no commands to a terminal.
func say(out io.Writer, format string, args ...any) error {
	shown := make([]any, len(args))
	for n, arg := range args {
		shown[n] = inLine{arg}
	}
	_, err := fmt.Fprintf(out, format, shown...)
	return err
}

// inLine prints a value as fmt does, with each character that cannot be shown escaped.
type inLine struct{ value any }

func (i inLine) Format(state fmt.State, verb rune) {
	fmt.Fprint(state, printable.Line(fmt.Sprintf(fmt.FormatString(state, verb), i.value)))
}

// table prints rows for people, in columns as kubectl's. A cell is one line, whatever is in it.
type table struct {
	writer interface {
		io.Writer
		Flush() error
	}
}

func newTable(out io.Writer) table { return table{printers.GetNewTabWriter(out)} }

// Flush prints the rows.
func (t table) Flush() error { return t.writer.Flush() }

// row adds a row. The table's Flush tells its error.
func (t table) row(cells ...string) {
	shown := make([]string, len(cells))
	for n, cell := range cells {
		shown[n] = printable.Line(cell)
	}
	_, _ = fmt.Fprintln(t.writer, strings.Join(shown, "\t"))
}
