package plugin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// fromFlags are the entries that kubectl create secret generic takes, by the same names.
type fromFlags struct {
	literals, files, envFiles, prompts []string

	allowEmpty bool // of a source that is not a file
}

func (f *fromFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.literals, "from-literal", nil,
		"Seal `ENTRY=VALUE`; others on this machine can see it in the process list, "+
			"so prefer a file, stdin or --from-prompt; can be repeated")
	flags.StringArrayVar(&f.files, "from-file", nil,
		"Seal the file, or the files of the directory, at `[ENTRY=]PATH`; ENTRY=- reads stdin; can be repeated")
	flags.StringArrayVar(&f.envFiles, "from-env-file", nil,
		"Seal the NAME=VALUE lines of the file at `PATH`, each as an entry; - reads stdin; can be repeated")
	flags.StringArrayVar(&f.prompts, "from-prompt", nil,
		"Ask for the value of this `ENTRY` on the terminal, without echo; can be repeated")
	addAllowEmpty(flags, &f.allowEmpty)
}

func addAllowEmpty(flags *pflag.FlagSet, allow *bool) {
	flags.BoolVar(allow, "allow-empty", false, "Accept an empty value from stdin, a pipe or a prompt; an empty file "+
		"needs no flag")
}

func (f *fromFlags) given() bool {
	return len(f.literals)+len(f.files)+len(f.envFiles)+len(f.prompts) > 0
}

// stdins is how often stdin would be read.
func (f *fromFlags) stdins() int {
	n := 0
	for _, arg := range f.files {
		if _, path, _ := strings.Cut(arg, "="); path == stdin || arg == stdin {
			n++
		}
	}
	for _, path := range f.envFiles {
		if path == stdin {
			n++
		}
	}
	return n
}

// read puts the entries to those that are there.
func (f *fromFlags) read(ctx context.Context, process Process, given entrySet) error {
	for _, arg := range f.literals {
		entry, value, found := strings.Cut(arg, "=")
		if !found || checkEntryName(entry) != nil {
			// it may be the value
			return usagef("--from-literal: want ENTRY=VALUE, and ENTRY of letters, digits, '-', '_' and '.'")
		}
		if err := given.put(entry, []byte(value)); err != nil {
			return err
		}
	}
	for _, arg := range f.files {
		if err := f.readFile(ctx, process, arg, given); err != nil {
			return err
		}
	}
	for _, path := range f.envFiles {
		if err := f.readEnvFile(ctx, process, path, given); err != nil {
			return err
		}
	}
	for _, entry := range f.prompts {
		if err := f.readPrompt(ctx, process, entry, given); err != nil {
			return err
		}
	}
	return nil
}

// readFile reads [ENTRY=]PATH. Of a directory it takes the regular files and no symbolic links, as kubectl does.
func (f *fromFlags) readFile(ctx context.Context, process Process, arg string, given entrySet) error {
	file, err := parseDocumentFile("--from-file", arg)
	if err == nil {
		err = file.checkNamed("--from-file")
	}
	if err != nil {
		return err
	}
	if info, err := os.Stat(file.path); err == nil && info.IsDir() {
		if file.named {
			return usagef("--from-file %s: %s is a directory: its entries have the names of its files", arg,
				file.path)
		}
		return readDirectory(ctx, process, file.path, given)
	}
	content, err := file.bytes(ctx, process.In)
	if err == nil && !f.allowEmpty {
		err = file.checkEmpty(content, fmt.Sprintf("entry %q", file.entry))
	}
	if err != nil {
		return err
	}
	return given.put(file.entry, content)
}

func readDirectory(ctx context.Context, process Process, dir string, given entrySet) error {
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	total := 0
	for _, one := range found {
		if !one.Type().IsRegular() {
			continue
		}
		if err := checkEntryName(one.Name()); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		content, err := (documentFile{path: filepath.Join(dir, one.Name()), named: true}).bytes(ctx, process.In)
		if err != nil {
			return err
		}
		if total += len(content); total > corev1.MaxSecretSize {
			return fmt.Errorf("%s: its files are larger than %d bytes, the most that Kubernetes stores in a Secret",
				dir, corev1.MaxSecretSize)
		}
		if err := given.put(one.Name(), content); err != nil {
			return err
		}
	}
	return nil
}

func (f *fromFlags) readEnvFile(ctx context.Context, process Process, path string, given entrySet) error {
	file := documentFile{path: path}
	content, err := file.bytes(ctx, process.In)
	if err == nil && !f.allowEmpty {
		err = file.checkEmpty(content, "--from-env-file")
	}
	if err != nil {
		return err
	}
	lines, err := document.ParseEnvLines(content, process.LookupEnv)
	if err != nil {
		return fmt.Errorf("%s: %w", file.label(), err)
	}
	for _, line := range lines {
		if err := given.put(line.Name, []byte(line.Value)); err != nil {
			return err
		}
	}
	return nil
}

func (f *fromFlags) readPrompt(ctx context.Context, process Process, entry string, given entrySet) error {
	if err := checkEntryName(entry); err != nil {
		return err
	}
	value, err := process.askSecret(ctx, entry)
	if err == nil && len(value) == 0 && !f.allowEmpty {
		err = errNoAnswer(fmt.Sprintf("entry %q", entry))
	}
	if err != nil {
		return err
	}
	return given.put(entry, value)
}

// errNoAnswer refuses an empty answer to a question.
func errNoAnswer(what string) error {
	return withHint(fmt.Errorf("%s: the answer is empty", what), emptyAnswerHint())
}
