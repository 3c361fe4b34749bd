package plugin

import (
	"strings"
)

// helpHint names the page about a command.
func helpHint(command string) string { return "see " + command + " --help" }

// unknownCommandHint names the command that may be meant; empty: none is near.
func unknownCommandHint(near string) string {
	if near == "" {
		return helpHint(displayName)
	}
	return "did you mean " + displayName + " " + near + "?"
}

// ambiguousWordHint is about a word that is the name of a Secret and of its entry.
func ambiguousWordHint(word string) string {
	return "specify NAME and ENTRY: " + word + " " + word + "; or leave both out for the whole Secret"
}

// fileNameHint is about a file whose name cannot be that of the Secret.
func fileNameHint() string {
	return "the Secret gets the name of the file: to give it another name, specify NAME"
}

func noEntryAgainstHint(entries []string) string {
	return "specify one of its entries with --against ENTRY=PATH: " + strings.Join(entries, ", ")
}

func fromKeyHint() string {
	return "specify the key that it is sealed with: --from-transit-key MOUNT/NAME"
}

func editorHint() string { return "set KUBE_EDITOR or EDITOR to your editor" }

// variablesHint is about entries that cannot become environment variables.
func variablesHint() string {
	return "choose variables with --only, rename them with --prefix, allow one that affects programs with " +
		"--allow NAME, or pass the document with --fd"
}
