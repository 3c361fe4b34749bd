package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// inputFlags are -f and -R, of commands that print manifests changed.
type inputFlags struct {
	paths     []string
	recursive bool
}

func (f *inputFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.paths, "filename", "f", nil,
		"Read the manifests in this `FILE` or directory, - for stdin; can be repeated")
	cmd.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "With -f, include subdirectories")
}

func (f *inputFlags) check() error {
	if len(f.paths) == 0 {
		return usagef("specify the manifests: -f FILE, or -f - for stdin")
	}
	return nil
}

func (f *inputFlags) read(ctx context.Context, process Process) ([]*manifest.Text, error) {
	return interruptible(ctx, func() ([]*manifest.Text, error) {
		return manifest.ReadTexts(f.paths, f.recursive,
			func(path string) ([]byte, error) { return readManifest(ctx, process.In, path) })
	})
}

// print prints the manifests as one stream, or what has changed.
func (f *inputFlags) print(out io.Writer, texts []*manifest.Text, differences bool) error {
	if !differences {
		_, err := out.Write(manifest.Stream(texts))
		return err
	}
	for _, text := range texts {
		if !text.Changed() {
			continue
		}
		if _, err := out.Write(unified(text.Name(), text.Before(), text.After())); err != nil {
			return err
		}
	}
	return nil
}

// unified is a unified diff of a file.
func unified(name string, before, after []byte) []byte {
	text := diff.Diff("a/"+name, before, "b/"+name, after)
	if _, rest, found := bytes.Cut(text, []byte("\n")); found { // the first line is the command diff
		return rest
	}
	return text
}

// rewrittenTexts are the workloads that were changed, and the notes.
type rewrittenTexts struct {
	changed []string
	notes   []workload.Note
}

// rewriteTexts rewrites the documents one by one. With an error, none is printed.
func rewriteTexts(texts []*manifest.Text, rewrite func([]byte) (*workload.Rewritten, error)) (*rewrittenTexts, error) {
	all := &rewrittenTexts{}
	for _, text := range texts {
		for n := range text.Len() {
			rewritten, err := rewrite(text.Document(n))
			if err != nil {
				return nil, inDocument(text, n, err)
			}
			text.Replace(n, rewritten.Text)
			all.changed = append(all.changed, rewritten.Changed...)
			all.notes = append(all.notes, rewritten.Notes...)
		}
	}
	return all, nil
}

// inDocument adds the file, the document and the line to an error.
func inDocument(text *manifest.Text, n int, err error) error {
	var wrong *workload.Error
	var items []int
	if errors.As(err, &wrong) {
		items = wrong.Place
	}
	return fmt.Errorf("%s: %w", text.Name(), text.Locate(n, err, items))
}

// printWorkloadNotes prints each note once, with the workloads that it is about.
func printWorkloadNotes(g *globals, notes []workload.Note) {
	var order []string
	about := map[string][]string{}
	for _, note := range notes {
		if about[note.Text] == nil {
			order = append(order, note.Text)
		}
		about[note.Text] = append(about[note.Text], note.Object)
	}
	for _, text := range order {
		g.note("%s: %s", firstOf(about[text]), text)
	}
}
