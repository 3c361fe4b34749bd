package plugin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/merge"
)

const gitMergeLong = `Merge a sealed manifest, as git's merge driver. The result is written to OURS. Git runs this
command: see git install.

An entry that one side changed takes that side, and no server is contacted. If both sides
changed an entry, it is opened in memory: equal values take the higher key version, a side
whose value is that of the base yields to the other side, and the fields of JSON and YAML
documents merge one by one. A value that neither side has is sealed with the configured
transit key. What cannot be opened and differs is a conflict. Git merges everything else.

Entries are opened only in the namespace of -n or of the kubeconfig, and in --namespaces.

The exit code is 0 without a conflict and 1 with one. Then OURS has git's conflict markers
around ciphertext, or only a warning names what to correct, such as an entry that does not
open where the merge of lines put it. After any other failure OURS is as it was, and the exit code is 129.`

const gitMergeExample = `  # Merge three files as git merge does
  kubectl vaultseal git merge base.yaml ours.yaml theirs.yaml`

const (
	exitConflict    = 1
	exitMergeFailed = 129 // above 128, so that git does not take the file for a conflict
)

type gitMergeOptions struct {
	globals    *globals
	namespaces []string
	path       string
	markerSize string
	labels     [3]string // of ours, the base and theirs, as git merge-file wants them
}

func newGitMerge(g *globals) *cobra.Command {
	o := &gitMergeOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "merge BASE OURS THEIRS",
		Short:   "Merge a sealed manifest for git",
		Long:    gitMergeLong,
		Example: gitMergeExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 3 {
				return mergeFailed(fmt.Errorf("want 3 files, got %d", len(args)))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.guarded(cmd.Context(), args) },
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return mergeFailed(err) })
	flags := cmd.Flags()
	addGitNamespaces(flags, &o.namespaces)
	flags.StringVar(&o.path, "path", "", "`NAME` of the file in messages (default: OURS)")
	flags.StringVar(&o.markerSize, "marker-size", "", "Length of conflict markers, a `NUMBER` (default: git's)")
	flags.StringVar(&o.labels[0], "ours-label", "", "`LABEL` of our side in conflict markers")
	flags.StringVar(&o.labels[1], "base-label", "", "`LABEL` of the base in conflict markers")
	flags.StringVar(&o.labels[2], "theirs-label", "", "`LABEL` of their side in conflict markers")
	return cmd
}

// mergeFailed makes an error end the process so that git leaves the file. It does not wrap: another type of error in
// the chain would have another exit code.
func mergeFailed(err error) error {
	return newReportError(exitMergeFailed, errors.New(err.Error()), hint(err))
}

// guarded runs the merge, also when a part of it panics. The value of a panic is not shown: it may hold plaintext.
func (o *gitMergeOptions) guarded(ctx context.Context, files []string) (err error) {
	defer func() {
		if recover() != nil {
			err = mergeFailed(fmt.Errorf("%s: merge: internal error", o.name(files)))
		}
	}()
	err = o.run(ctx, files)
	var report *reportError
	if err == nil || ctx.Err() != nil || errors.As(err, &report) {
		return err
	}
	return mergeFailed(err)
}

func (o *gitMergeOptions) name(files []string) string { return cmp.Or(o.path, files[1]) }

func (o *gitMergeOptions) run(ctx context.Context, files []string) error {
	var texts [3][]byte
	for n, file := range files {
		var err error
		if texts[n], err = os.ReadFile(file); err != nil { //nolint:gosec // git names it
			return err
		}
	}
	in := merge.Input{Base: texts[0], Ours: texts[1], Theirs: texts[2], Others: o.namespaces}
	var namespaceErr error
	in.Namespace, namespaceErr = o.globals.workingNamespace()
	m := merge.Read(in)
	if m.NeedsVault() {
		o.resolve(ctx, m, namespaceErr)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	base, ours, theirs := m.Texts()
	merged, conflicting, err := o.mergeLines(ctx, [3][]byte{base, ours, theirs}, "git merge-file -p -q")
	if errors.Is(err, errNoLines) {
		return o.report(files, append(m.Conflicts(), merge.Conflict{Err: err}), false)
	}
	if err != nil {
		return err
	}
	found, err := o.check(ctx, m, merged, conflicting)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !bytes.Equal(merged, texts[1]) {
		if err := os.WriteFile(files[1], merged, 0o600); err != nil {
			return err
		}
	}
	return o.report(files, append(m.Conflicts(), found...), conflicting)
}

// check looks at the merge of lines. If it has conflicts, what comes out depends on what the user decides.
func (o *gitMergeOptions) check(
	ctx context.Context, m *merge.Merge, merged []byte, conflicting bool,
) ([]merge.Conflict, error) {
	if !conflicting {
		return m.Check(merged), nil
	}
	base, ours, theirs := m.Texts()
	var takes [2][]byte
	for n, command := range []string{"git merge-file -p -q --ours", "git merge-file -p -q --theirs"} {
		var err error
		if takes[n], _, err = o.mergeLines(ctx, [3][]byte{base, ours, theirs}, command); err != nil {
			return nil, err
		}
	}
	return m.CheckSides(takes[0], takes[1]), nil
}

// resolve opens the entries that both sides changed. Without Vault they are conflicts, and the user can merge again.
func (o *gitMergeOptions) resolve(ctx context.Context, m *merge.Merge, namespaceErr error) {
	if namespaceErr != nil {
		m.Refuse(namespaceErr)
		return
	}
	c, err := o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Sealer}})
	if err != nil {
		m.Refuse(err)
		return
	}
	defer c.close(ctx)
	m.Resolve(ctx, c)
}

// errNoLines says that git merge-file would refuse the texts.
var errNoLines = errors.New("git cannot merge its lines, because it is not text in UTF-8: our side is kept")

// mergeLines merges texts with a command of git merge-file. The temporary files have ciphertext, and what the texts
// have in plaintext. The texts are the base, ours and theirs.
func (o *gitMergeOptions) mergeLines(
	ctx context.Context, texts [3][]byte, command string,
) (merged []byte, conflict bool, err error) {
	base, ours, theirs := texts[0], texts[1], texts[2]
	switch {
	case bytes.Equal(base, ours):
		return theirs, false, nil
	case bytes.Equal(base, theirs), bytes.Equal(ours, theirs):
		return ours, false, nil
	case isBinary(base), isBinary(ours), isBinary(theirs):
		return nil, false, errNoLines
	}
	dir, err := privateDir("")
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var args []string
	if size, err := strconv.Atoi(o.markerSize); err == nil && size > 0 {
		args = append(args, "--marker-size="+o.markerSize)
	}
	for n, unset := range []string{"%X", "%S", "%Y"} { // what git 2.43 and older pass on
		label := o.labels[n]
		if label == "" || label == unset {
			label = []string{"ours", "base", "theirs"}[n]
		}
		args = append(args, "-L", label)
	}
	for n, text := range [][]byte{ours, base, theirs} {
		path := filepath.Join(dir, []string{"ours", "base", "theirs"}[n])
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return nil, false, err
		}
		args = append(args, path)
	}
	merged, err = runGit(ctx, command, args...)
	var exit *gitError
	if errors.As(err, &exit) && exit.Code > 0 && exit.Code < 128 { // the number of conflicts
		return merged, true, nil
	}
	return merged, false, err
}

// report says which entries a person must decide.
func (o *gitMergeOptions) report(files []string, conflicts []merge.Conflict, inLines bool) error {
	const most = 20
	for n, c := range conflicts {
		if n == most {
			o.globals.warn("%s: %d more conflicts", o.name(files), len(conflicts)-most)
			break
		}
		o.globals.warn("%s: %s%v", o.name(files), conflictPlace(c), c.Err)
	}
	if len(conflicts) == 0 && !inLines {
		return nil
	}
	err := fmt.Errorf("%s: merge conflict", o.name(files))
	return newReportError(exitConflict, err, gitConflictHint(o.name(files), conflicts))
}

func conflictPlace(c merge.Conflict) string {
	switch {
	case c.Name == "":
		return ""
	case c.Entry == "":
		return fmt.Sprintf("secret %s/%s: ", c.Namespace, c.Name)
	case c.Namespace == "":
		return fmt.Sprintf("secret %s entry %q: ", c.Name, c.Entry)
	}
	return fmt.Sprintf("secret %s/%s entry %q: ", c.Namespace, c.Name, c.Entry)
}

// isBinary reports whether git merge-file may refuse a text.
func isBinary(text []byte) bool { return bytes.IndexByte(text, 0) >= 0 }
