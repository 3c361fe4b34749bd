package plugin

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/pkg/manifest"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// manifestFlags are -f and -R, of commands that work on sealed manifests in files in place of the cluster's Secrets.
type manifestFlags struct {
	paths     []string
	recursive bool
}

// addMany adds both, of commands that work on many Secrets.
func (f *manifestFlags) addMany(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.paths, "filename", "f", nil, "PATH of a file or a directory of sealed manifests to work on, in place of the cluster; can be repeated")
	cmd.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "with -f: also what is below the directories")
}

// addOne adds -f, of commands that work on one Secret.
func (f *manifestFlags) addOne(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.paths, "filename", "f", nil, "PATH of a sealed manifest to work on, in place of the cluster; NAME can be left out where it has one Secret")
}

func (f *manifestFlags) given() bool { return len(f.paths) > 0 }

// read reads the manifests; nil without -f.
func (f *manifestFlags) read(ctx context.Context, process Process) (*manifest.Files, error) {
	if !f.given() {
		return nil, nil
	}
	files, err := manifest.ReadFiles(f.paths, f.recursive, func() ([]byte, error) {
		return (documentFile{path: stdin}).bytes(ctx, process.In)
	})
	if err != nil {
		return nil, &inputError{err: err}
	}
	return files, nil
}

// checkWrites refuses what a command that changes the files cannot do.
func (f *manifestFlags) checkWrites(dryRun *dryRunFlag) error {
	switch {
	case slices.ContainsFunc(f.paths, isStream):
		path := f.paths[slices.IndexFunc(f.paths, isStream)]
		return usagef("-f %s: a manifest is changed in its file, and a stream is not one", path)
	case f.given() && dryRun.DryRun == vaultseal.DryRunServer:
		return usagef("--dry-run=server asks the API server, and -f works on files: give --dry-run=client")
	}
	return nil
}

// words are the flags as they were given, for a hint that can be run as it stands.
func (f *manifestFlags) words() string {
	var words strings.Builder
	for _, path := range f.paths {
		words.WriteString(" -f " + shellWord(path))
	}
	if f.recursive {
		words.WriteString(" -R")
	}
	return words.String()
}

// shellWord quotes what a shell would take apart.
func shellWord(text string) string {
	if !strings.ContainsAny(text, " \t\n'\"$&;()<>|*?[]#~`\\!{}") {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// placeOf is where the Secret of a command is: in the connection's namespace, or where its manifest says.
func (c *connection) placeOf(name string) (namespace, _ string) {
	if c.files == nil {
		return c.namespace, name
	}
	secret := c.files.Secrets()[0].Secret
	return secret.Namespace, secret.Name
}
