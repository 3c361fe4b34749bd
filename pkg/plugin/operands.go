package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

// operandsHelp says what the words of a command line mean; it is part of the help of commands that print or edit.
const operandsHelp = `With -f, NAME is optional if the files have one sealed Secret. A single argument is
then its NAME, or one of its entries. A manifest of another namespace than that of -n or
of the kubeconfig is an error.`

// operands are NAME and ENTRY as a command line gives them. Both mean the same with and without -f.
type operands struct {
	name, entry string
	either      string // with -f, a word that stands alone: it is the name, or an entry of the only Secret
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

// parseWords reads NAME [ENTRY].
func (f *manifestFlags) parseWords(args []string) (w operands, err error) {
	switch {
	case len(args) == 0:
		return w, nil
	case len(args) == 1 && f.given():
		if _, nameErr := secretName(args[0]); nameErr != nil && checkEntryName(args[0]) != nil {
			return w, nameErr
		}
		return operands{either: args[0]}, nil
	}
	if w.name, err = secretName(args[0]); err != nil || len(args) == 1 {
		return w, err
	}
	w.entry = args[1]
	return w, checkEntryName(w.entry)
}

// readOne is the Store of one Secret: that of the name, or without a name the only one that the files have, in the
// namespace of -n or of the kubeconfig. It settles what a single word means, and which name is meant. It is nil without
// -f.
func (f *manifestFlags) readOne(ctx context.Context, g *globals, w *operands) (engine.Store, error) {
	return f.read(ctx, g, func(files *manifest.Files) (*manifest.Files, error) {
		one, err := f.chooseOne(files, g, w)
		if err != nil {
			return nil, err
		}
		w.name = one.Name
		return files.Only(one), nil
	})
}

// chooseOne finds the Secret that the words of a command line mean.
func (f *manifestFlags) chooseOne(files *manifest.Files, g *globals, w *operands) (*corev1.Secret, error) {
	all := files.Sealed()
	switch unread := files.Unread(); {
	case len(all) == 0 && len(unread) > 0:
		return nil, unreadError(unread)
	case len(all) == 0:
		return nil, f.nothingSealed(files)
	case w.name == "" && w.either == "" && len(unread) > 0:
		return nil, withHint(unreadError(unread), unreadManifestHint(placesOf(all)))
	}
	if w.either != "" {
		if err := w.settle(f.where(), all); err != nil {
			return nil, err
		}
	}
	found := named(all, w.name)
	if len(found) == 0 {
		return nil, withHint(errors.New(f.where()+": there is no sealed Secret "+w.name+" in it"),
			otherSecretsHint(placesOf(all)))
	}
	working, err := g.workingNamespace()
	if err != nil {
		return nil, err
	}
	own, err := inNamespace(found, working)
	switch {
	case err != nil:
		return nil, err
	case len(own) == 1:
		return own[0].Secret, nil
	case w.name != "":
		return nil, usagef("%s has the Secret %s more than once: %s", f.where(), w.name, firstOf(placesOf(own)))
	}
	return nil, usagef("%s has several sealed Secrets: specify the NAME of one: %s", f.where(), firstOf(placesOf(all)))
}

func (f *manifestFlags) where() string { return strings.Join(f.paths, ", ") }

// named are the Secrets of a name, empty for any.
func named(all []engine.Stored, name string) []engine.Stored {
	return slices.DeleteFunc(slices.Clone(all),
		func(m engine.Stored) bool { return name != "" && m.Secret.Name != name })
}

// settle decides what a single word means: NAME comes first, and an entry is meant where there is but one Secret.
func (w *operands) settle(where string, all []engine.Stored) error {
	word, entry := w.either, false
	if len(all) == 1 {
		_, entry = all[0].Secret.Data[word]
	}
	name, err := secretName(word)
	isName := err == nil && slices.ContainsFunc(all, func(m engine.Stored) bool { return m.Secret.Name == name })
	w.either = ""
	switch {
	case isName && entry:
		return newUsageError(
			fmt.Errorf("%s: %q is the name of the Secret and of one of its entries", where, word),
			ambiguousWordHint(word),
		)
	case isName:
		w.name = name
		return nil
	case entry:
		w.entry = word
		return nil
	}
	return withHint(fmt.Errorf("%s: there is no sealed Secret %s in it, and no such entry", where, word),
		neitherNameNorEntryHint(placesOf(all), entryNames(all[0])))
}

func entryNames(m engine.Stored) []string {
	var names []string
	for name := range m.Secret.Data {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func placesOf(all []engine.Stored) []string {
	names := make([]string, len(all))
	for n, m := range all {
		names[n] = strings.TrimPrefix(m.Secret.Namespace+"/"+m.Secret.Name, "/")
	}
	return names
}

// unreadError says what could not be read.
func unreadError(unread []engine.Stored) error {
	why := make([]string, len(unread))
	for n, m := range unread {
		why[n] = m.File + ": " + m.Err.Error()
	}
	return withHint(errors.New(strings.Join(why, "; ")), hint(unread[0].Err))
}
