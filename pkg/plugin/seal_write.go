package plugin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

// sealTarget is where seal writes. The zero value is stdout.
type sealTarget struct {
	inPlace   bool
	directory string
}

func (t *sealTarget) add(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&t.inPlace, "in-place", "i", false, "Write the manifests to their files")
	cmd.Flags().StringVar(&t.directory, "output-dir", "", "Write the manifests, sealed or without a Secret, to files "+
		"of the same names in this `DIR`")
}

func (t *sealTarget) check(input inputFlags, dryRun *dryRunFlag) error {
	files := t.inPlace || t.directory != ""
	switch {
	case t.inPlace && t.directory != "":
		return usagef("-i and --output-dir exclude each other")
	case files && slices.ContainsFunc(input.paths, isStream):
		return usagef("-i and --output-dir need files: -f %s is a stream, without a file name",
			input.paths[slices.IndexFunc(input.paths, isStream)])
	case !files && dryRun.given && dryRun.DryRun != engine.DryRunNone:
		return usagef("seal prints the manifests and writes nothing: --dry-run needs -i or --output-dir")
	case dryRun.DryRun == engine.DryRunServer:
		return usagef("--dry-run=server asks the API server, and seal works on files: use --dry-run=client")
	case t.directory == "":
		return nil
	}
	for _, path := range input.paths {
		if input.recursive && isBelow(path, t.directory) {
			return usagef("--output-dir %s is in the directory -f %s, so the next run with -R would read it",
				t.directory, path)
		}
	}
	return nil
}

// isBelow reports whether a directory is in another one. What does not exist is not.
func isBelow(parent, directory string) bool {
	resolve := func(path string) string {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		absolute, err := filepath.Abs(path)
		if err != nil {
			return path
		}
		return absolute
	}
	if info, err := os.Stat(parent); err != nil || !info.IsDir() {
		return false
	}
	below, err := filepath.Rel(resolve(parent), resolve(directory))
	return err == nil && filepath.IsLocal(below)
}

// write writes the texts, and reports the Secrets that were sealed.
func (t *sealTarget) write(g *globals, texts []*manifest.Text, secrets []sealedSecret, dryRun *dryRunFlag) error {
	if !t.inPlace && t.directory == "" {
		_, err := g.process.Out.Write(manifest.Stream(texts))
		return err
	}
	if dryRun.DryRun == engine.DryRunNone {
		var err error
		if t.inPlace {
			err = manifest.WriteInPlace(texts)
		} else {
			_, err = manifest.WriteBelow(t.directory, texts)
		}
		if err != nil {
			return notWritten(err)
		}
	}
	for _, s := range secrets {
		path := s.text.Name()
		if !t.inPlace {
			path = s.text.Below(t.directory)
		}
		if err := say(g.process.Out, "secret/%s %s in %s%s\n", s.name, s.done(), path, dryRun.suffix()); err != nil {
			return err
		}
	}
	if t.inPlace && slices.ContainsFunc(texts, inRepository) {
		g.note("git's history still holds the plaintext of what was committed before: change these credentials")
	}
	return nil
}

// done says what became of a Secret.
func (s sealedSecret) done() string {
	switch {
	case s.entries == 0:
		return "cleared of plaintext beside ciphertext"
	case s.reused > 0:
		return fmt.Sprintf("sealed with transit key %s, %s unchanged,", s.key, count(s.reused, "entry"))
	}
	return "sealed with transit key " + s.key
}

// notWritten is an error of writing files.
func notWritten(err error) error {
	var some *manifest.PartlyWrittenError
	switch {
	case errors.As(err, &some):
		return newReportError(exitPartial, fmt.Errorf("%w; written before that: %s", err,
			strings.Join(some.Written, ", ")), "")
	case errors.Is(err, kube.ErrConflict):
		return withHint(err, fileConflictHint())
	}
	return err
}

// inRepository reports whether a changed file is in a working tree of git.
func inRepository(text *manifest.Text) bool {
	path, err := filepath.EvalSymlinks(text.Path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil || !text.Changed() {
		return false
	}
	for directory := filepath.Dir(path); ; directory = filepath.Dir(directory) {
		if _, err := os.Lstat(filepath.Join(directory, ".git")); err == nil {
			return true
		}
		if directory == filepath.Dir(directory) {
			return false
		}
	}
}
