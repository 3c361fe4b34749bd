// Reference writes docs/commands.md, the reference of the commands, from their own help, and the table of settings in
// docs/configuration.md: make docs.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: reference DOCS")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func write(docs string) error {
	commands, err := reference()
	if err != nil {
		return err
	}
	configuration := filepath.Join(docs, "configuration.md")
	page, err := os.ReadFile(configuration) //nolint:gosec // the page of the one who runs this
	if err != nil {
		return err
	}
	settings, err := withSettings(string(page))
	if err != nil {
		return fmt.Errorf("%s: %w", configuration, err)
	}
	if err := os.WriteFile(configuration, []byte(settings), 0o644); err != nil { //nolint:gosec // a page for everybody
		return err
	}
	return os.WriteFile(filepath.Join(docs, "commands.md"), []byte(commands), 0o644) //nolint:gosec // as above
}
