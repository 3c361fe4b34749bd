package plugin

import (
	"context"
	"errors"
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

// nameless lets the first argument be left out with -f.
func (f *manifestFlags) nameless(all cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if f.given() && all(cmd, args) != nil {
			args = append([]string{"NAME"}, args...)
		}
		return all(cmd, args)
	}
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
	case slices.Contains(f.paths, stdin):
		return usagef("-f -: a manifest is changed in its file, and stdin is none")
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

// readOne reads the manifests and leaves one Secret in view: that of the name, in the namespace of -n where it was
// given, or without a name the only one there is. It is nil without -f.
func (f *manifestFlags) readOne(ctx context.Context, g *globals, name string) (*manifest.Files, error) {
	files, err := f.read(ctx, g.process)
	if err != nil || files == nil {
		return nil, err
	}
	all, namespace := files.Secrets(), *g.kube.Namespace
	found := slices.DeleteFunc(slices.Clone(all), func(m vaultseal.Manifest) bool { return name != "" && m.Secret.Name != name })
	if len(found) > 1 && namespace != "" {
		found = slices.DeleteFunc(found, func(m vaultseal.Manifest) bool { return m.Secret.Namespace != namespace })
	}
	switch {
	case len(all) == 0:
		return nil, &inputError{err: errors.New(files.Paths[0] + ": there is no sealed Secret in it")}
	case len(found) == 1:
		return files.Only(found[0].Secret), nil
	case len(found) == 0:
		return nil, &inputError{err: errors.New(files.Paths[0] + ": there is no sealed Secret " + name + " in it"), hint: "it has " + placesOf(all)}
	case name != "":
		return nil, usagef("%s has several Secrets %s: say which with -n: %s", files.Paths[0], name, placesOf(found))
	}
	return nil, usagef("%s has several sealed Secrets: give the NAME of one: %s", files.Paths[0], placesOf(all))
}

// placeOf is where the Secret of a command is: in the connection's namespace, or where its manifest says.
func (c *connection) placeOf(name string) (namespace, _ string) {
	if c.files == nil {
		return c.namespace, name
	}
	secret := c.files.Secrets()[0].Secret
	return secret.Namespace, secret.Name
}

func placesOf(all []vaultseal.Manifest) string {
	names := make([]string, len(all))
	for n, m := range all {
		names[n] = strings.TrimPrefix(m.Secret.Namespace+"/"+m.Secret.Name, "/")
	}
	return strings.Join(names, ", ")
}
