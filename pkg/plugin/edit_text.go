package plugin

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

// editText is how a Secret is shown in an editor: one entry as it is, or all of them as a YAML mapping.
type editText struct {
	secret string // its name
	entry  string // empty: all
	ended  bool   // the entry's text had an end of line at its end
}

// editTextOf shows the entry that was asked for, or the only one there is, as it is where it is text; as view does.
func editTextOf(secret string, entries map[string][]byte) editText {
	t := editText{secret: secret}
	if len(entries) != 1 {
		return t
	}
	for name, value := range entries {
		if document.IsText(value) {
			t.entry, t.ended = name, bytes.HasSuffix(value, []byte("\n"))
		}
	}
	return t
}

// file is the name of the file to edit, by which editors know what it is.
func (t editText) file() string {
	if t.entry != "" {
		return t.entry
	}
	return t.secret + ".yaml"
}

const editHead = `# The entries of the Secret. Text is shown as it is, other bytes as base64 after !!binary.
# Lines like this one are ignored. An empty file changes nothing.
`

func (t editText) print(entries map[string][]byte) []byte {
	if t.entry != "" {
		return entries[t.entry]
	}
	return append([]byte(editHead), document.PrintEntries(entries)...)
}

// parse reads what the user has made of it. Documents must be what their names say, but for those that are as they
// were.
func (t editText) parse(text []byte, was map[string][]byte) (map[string][]byte, error) {
	if t.entry != "" {
		if trimmed := bytes.TrimSuffix(text, []byte("\n")); !t.ended && !bytes.HasSuffix(trimmed, []byte("\n")) {
			text = trimmed // many an editor ends a file's last line by itself
		}
		entries := map[string][]byte{t.entry: text}
		return entries, checkEdited(entries, was)
	}
	entries, err := document.ParseEntries(text)
	if err != nil {
		return nil, err
	}
	return entries, checkEdited(entries, was)
}

// checkEdited names the entry that is not what it should be; in a text of all entries, the lines are the entry's own.
func checkEdited(entries, was map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if err := checkEntryName(name); err != nil {
			return err
		}
		if before, found := was[name]; found && bytes.Equal(before, entries[name]) {
			continue
		}
		format, err := document.FormatOf(name)
		if err != nil {
			continue
		}
		if err := document.Check(format, entries[name]); err != nil {
			return fmt.Errorf("entry %q: %w", name, err)
		}
	}
	return nil
}

// notice is the comment at the top of a text that is edited again.
type notice []string

func noticeOf(lines ...string) notice {
	var n notice
	for _, line := range lines {
		for part := range strings.SplitSeq(line, "\n") {
			if part = strings.TrimSpace(part); part != "" {
				n = append(n, "# "+printable.Line(part))
			}
		}
	}
	return n
}

func (n notice) above(text []byte) []byte {
	if len(n) == 0 {
		return text
	}
	return append([]byte(strings.Join(n, "\n")+"\n"), text...)
}

// taken is the text without what is left of the notice: lines of it, in its order.
func (n notice) taken(text []byte) []byte {
	for {
		line, rest, found := bytes.Cut(text, []byte("\n"))
		at := slices.Index(n, strings.TrimRight(string(line), " \t\r"))
		if !found || at < 0 {
			return text
		}
		text, n = rest, n[at+1:]
	}
}

// merged applies the user's changes to what another client has written in the meantime. It returns the names of the
// entries that the user changed, and of those that both changed.
func merged(base, theirs, ours map[string][]byte) (all map[string][]byte, changed, clash []string) {
	all = maps.Clone(theirs)
	names := maps.Clone(base)
	maps.Copy(names, theirs)
	maps.Copy(names, ours)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		they, we := differs(base, theirs, name), differs(base, ours, name)
		if they {
			changed = append(changed, name)
		}
		if they && we && differs(theirs, ours, name) {
			clash = append(clash, name)
		}
		value, kept := ours[name]
		switch {
		case we && kept:
			all[name] = value
		case we:
			delete(all, name)
		}
	}
	return all, changed, clash
}

func differs(a, b map[string][]byte, name string) bool {
	x, inA := a[name]
	y, inB := b[name]
	return inA != inB || !bytes.Equal(x, y)
}
