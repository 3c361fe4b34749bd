package main

import (
	"bytes"
	"fmt"
	"os"
)

// writeMarkdown writes the tables of many Secrets and of the targets, with what the
// numbers depend on.
func (r *report) writeMarkdown(path string) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "Machine: %s.\n", r.Machine)
	if r.BareLoopWriters > 0 {
		fmt.Fprintf(&text, "The bare loop has %d writers, with which it was fastest in this run.\n", r.BareLoopWriters)
	}
	for _, table := range r.tables() {
		table.markdown(&text)
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}
