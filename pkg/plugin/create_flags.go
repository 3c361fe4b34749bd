package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// plaintextFlags say where the plaintext is that create seals.
type plaintextFlags struct {
	files []string // -f
	from  fromFlags
	kind  string // --type
}

func (f *plaintextFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.files, "filename", "f", nil,
		"Seal the document or the Secret manifests at `[ENTRY=]PATH`; "+
			"ENTRY=- reads a document from stdin, - reads manifests; can be repeated")
	f.from.add(flags)
	flags.StringVar(&f.kind, "type", "", "Record this `TYPE` of the plaintext Secret")
}

// given reports whether the command line has any source of plaintext.
func (f *plaintextFlags) given() bool { return len(f.files) > 0 || f.from.given() || f.kind != "" }

// check reads the command line, before any file is read.
func (f *plaintextFlags) check(args []string) ([]documentFile, error) {
	if len(f.files) == 0 && !f.from.given() {
		return nil, newUsageError(errors.New("nothing to seal"), nothingToSealHint())
	}
	if err := sealed.CheckType(corev1.SecretType(f.kind)); err != nil {
		return nil, newUsageError(fmt.Errorf("--type: %w", err), plainTypeHint())
	}
	stdins := f.from.stdins()
	var files []documentFile
	entries := map[string]bool{}
	for _, arg := range f.files {
		file, err := parseDocumentFile("-f", arg)
		if err != nil {
			return nil, err
		}
		if entries[file.entry] {
			return nil, usagef("entry %q is given twice", file.entry)
		}
		entries[file.entry] = true
		if file.path == stdin {
			stdins++
		}
		files = append(files, file)
	}
	if stdins > 1 {
		return nil, usagef("stdin can be read only once")
	}
	if len(args) == 0 && slices.ContainsFunc(files, documentFile.mayBeManifest) {
		return files, nil // which have names of their own
	}
	_, err := f.name(args, files)
	return files, err
}

// requests are what is to be sealed: one Secret, or those of manifests. Namespaces that are empty are the connection's.
func (f *plaintextFlags) requests(ctx context.Context, g *globals, args []string) ([]engine.CreateRequest, error) {
	files, err := f.check(args)
	if err != nil {
		return nil, err
	}
	given, manifests, err := readFiles(ctx, g.process.In, files)
	if err != nil {
		return nil, err
	}
	if len(manifests) > 0 {
		if len(args) > 0 || len(given) > 0 || f.from.given() || f.kind != "" {
			return nil, errors.New("the manifest of a Secret has its name and type: it excludes NAME, --type and " +
				"other sources")
		}
		requests, err := manifestRequests(manifests)
		if err == nil {
			err = g.checkNamespaces(manifests)
		}
		return requests, err
	}
	if err := f.from.read(ctx, g.process, given); err != nil {
		return nil, err
	}
	if len(given) == 0 {
		return nil, errors.New("nothing to seal: the directories have no files, and the env files have no names")
	}
	name, err := f.name(args, files)
	if err != nil {
		return nil, err
	}
	return []engine.CreateRequest{{Name: name, Entries: given,
		Metadata: engine.Metadata{Type: corev1.SecretType(f.kind)}}}, nil
}

// readFiles reads documents, each an entry, and manifests.
func readFiles(ctx context.Context, in io.Reader, files []documentFile) (entrySet, []engine.Stored, error) {
	given := entrySet{}
	var manifests []engine.Stored
	for _, file := range files {
		content, err := file.bytes(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		plain, err := parsePlain(ctx, content)
		if err != nil {
			return nil, nil, err
		}
		secrets, err := file.manifests(plain)
		if err != nil {
			return nil, nil, err
		}
		if len(secrets) > 0 {
			manifests = append(manifests, secrets...)
			continue
		}
		if file.entry == "" && len(content) == 0 {
			return nil, nil, withHint(errors.New("stdin is empty: there is no manifest in it"),
				emptyStdinHint())
		}
		if err := file.checkEmpty(content, fmt.Sprintf("entry %q", file.entry)); err != nil {
			// an empty one is not a document
			return nil, nil, withHint(err, emptyDocumentHint())
		}
		if file.entry == "" {
			return nil, nil, newUsageError(
				errors.New("stdin has no name for its entry, and is not a manifest of Secrets"),
				namedStdinOrManifestHint(),
			)
		}
		if err := file.check(content, plain); err != nil {
			return nil, nil, err
		}
		given[file.entry] = content
	}
	return given, manifests, nil
}

// name is the Secret's: given, or the stem of the only file.
func (f *plaintextFlags) name(args []string, files []documentFile) (string, error) {
	if len(args) == 1 {
		return secretName(args[0])
	}
	if f.from.given() {
		return "", usagef("--from-literal, --from-file, --from-env-file and --from-prompt need the NAME of their " +
			"Secret")
	}
	if len(files) > 1 {
		return "", usagef("several documents need the NAME of their Secret")
	}
	name := files[0].secretName()
	if name == "" {
		return "", usagef("%s gives no name to the Secret: specify NAME", files[0].label())
	}
	name, err := secretName(name)
	if err != nil {
		return "", newUsageError(err, fileNameHint())
	}
	return name, nil
}

// entrySet is plaintext by entry.
type entrySet map[string][]byte

// put refuses an entry that is there already.
func (s entrySet) put(entry string, plaintext []byte) error {
	if _, found := s[entry]; found {
		return usagef("entry %q is given twice", entry)
	}
	s[entry] = plaintext
	return nil
}
