package plugin

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// manifestFlags are -f and -R, of commands that work on sealed manifests in files in place of the cluster's Secrets.
type manifestFlags struct {
	paths     []string
	recursive bool
}

// addMany adds both, of commands that work on many Secrets.
func (f *manifestFlags) addMany(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.paths, "filename", "f", nil,
		"Work on the sealed manifests in this `FILE` or directory, not on the cluster; can be repeated")
	cmd.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "With -f, include subdirectories")
}

// addOne adds -f, of commands that work on one Secret.
func (f *manifestFlags) addOne(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.paths, "filename", "f", nil,
		"Work on the sealed manifest in this `FILE`, not on the cluster; NAME is optional if it has one sealed Secret")
}

func (f *manifestFlags) given() bool { return len(f.paths) > 0 }

// read reads the manifests of the working namespace, of which choose picks some; nil without -f: the cluster.
func (f *manifestFlags) read(
	ctx context.Context, g *globals, choose func(*manifest.Files) (*manifest.Files, error),
) (engine.Store, error) {
	if !f.given() {
		return nil, nil
	}
	files, err := f.readFiles(ctx, g.process)
	if err == nil {
		files, err = choose(files)
	}
	if err != nil {
		return nil, err
	}
	working, err := g.workingNamespace()
	if err != nil {
		return nil, err
	}
	if err := files.In(working, *g.kube.Namespace); err != nil {
		return nil, newUsageError(err, "")
	}
	return files, nil
}

// readFiles reads the manifests.
func (f *manifestFlags) readFiles(ctx context.Context, process Process) (*manifest.Files, error) {
	files, err := interruptible(ctx, func() (*manifest.Files, error) {
		return manifest.ReadFiles(f.paths, f.recursive,
			func(path string) ([]byte, error) { return readManifest(ctx, process.In, path) })
	})
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, err
	}
	return files, nil
}

// readManifest reads a file or stdin, whose error does not name it.
func readManifest(ctx context.Context, in io.Reader, path string) ([]byte, error) {
	content, err := readInput(ctx, in, path)
	if err == nil && len(content) > manifest.MaxFile {
		err = fmt.Errorf("larger than %d bytes, the most that is read", manifest.MaxFile)
	}
	return content, err
}

// readMany is the Store of a command that works on all sealed Secrets of the files. There must be one: nothing is
// passed over in silence. It is nil without -f.
func (f *manifestFlags) readMany(ctx context.Context, g *globals) (engine.Store, error) {
	return f.read(ctx, g, func(files *manifest.Files) (*manifest.Files, error) {
		if len(files.Sealed())+len(files.Unread()) == 0 {
			return nil, f.nothingSealed(files)
		}
		return files, nil
	})
}

// readAll is the Store of a command that looks at all Secrets of the files, sealed or not. It is nil without -f.
func (f *manifestFlags) readAll(ctx context.Context, g *globals, mayBeNone bool) (engine.Store, error) {
	return f.read(ctx, g, func(files *manifest.Files) (*manifest.Files, error) {
		if len(files.Secrets()) == 0 && !mayBeNone {
			return nil, f.nothingSealed(files)
		}
		return files, nil
	})
}

// nothingSealed says so of the files.
func (f *manifestFlags) nothingSealed(files *manifest.Files) error {
	plain := placesOf(files.Secrets())
	if len(plain) == 0 {
		return withHint(
			fmt.Errorf("%s: there is no sealed Secret in it", f.where()),
			noSecretInManifestsHint(),
		)
	}
	return withHint(
		fmt.Errorf("%s: there is no sealed Secret in it; not sealed: %s", f.where(), firstOf(plain)),
		plaintextManifestHint(),
	)
}

// checkWrites refuses what a command that changes the files cannot do.
func (f *manifestFlags) checkWrites(dryRun *dryRunFlag) error {
	switch {
	case slices.ContainsFunc(f.paths, isStream):
		path := f.paths[slices.IndexFunc(f.paths, isStream)]
		return usagef("-f %s: a manifest is changed in its file, and stdin is not a file", path)
	case f.given() && dryRun.DryRun == engine.DryRunServer:
		return usagef("--dry-run=server asks the API server, and -f works on files: use --dry-run=client")
	}
	return nil
}

// words are the flags as they were given, for a hint that can be run as it stands.
func (f *manifestFlags) words() string {
	var words strings.Builder
	for _, path := range f.paths {
		words.WriteString(" -f " + shell.Quote(path))
	}
	if f.recursive {
		words.WriteString(" -R")
	}
	return words.String()
}
