package delivery

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// MissingEntryError says that no directory with ciphertext of a Secret has an entry.
type MissingEntryError struct {
	Namespace string
	Entry     Entry
	Dirs      []string // with ciphertext of the Secret
	Entries   []string // that they have
}

func (e *MissingEntryError) Error() string {
	return fmt.Sprintf("secret %s/%s: entry %q: not found in %s", e.Namespace, e.Entry.Secret, e.Entry.Name,
		strings.Join(e.Dirs, ", "))
}

// mounted is the ciphertext of one directory.
type mounted struct {
	Sealed
	files map[string]file
}

// ciphertexts are the files of all directories with ciphertext, in the order of the command line.
type ciphertexts struct {
	namespace string
	mounted   []mounted
}

// readCiphertexts reads the directories with ciphertext.
func (p *Plan) readCiphertexts() (*ciphertexts, error) {
	all := &ciphertexts{namespace: p.namespace}
	for _, from := range p.sealed {
		files, err := readVolume(from.Dir)
		if err != nil {
			return nil, fmt.Errorf("read ciphertext of secret %s/%s: %w", p.namespace, from.Secret, err)
		}
		all.mounted = append(all.mounted, mounted{from, files})
	}
	return all, nil
}

// find returns the first directory that has an entry.
func (c *ciphertexts) find(entry Entry) (int, bool) {
	at := slices.IndexFunc(c.mounted, func(m mounted) bool {
		_, found := m.files[entry.Name]
		return m.Secret == entry.Secret && found
	})
	return at, at >= 0
}

// entriesOf are all entries of a Secret, sorted.
func (c *ciphertexts) entriesOf(secret string) []Entry {
	names := map[string]bool{}
	for _, m := range c.mounted {
		if m.Secret == secret {
			for name := range m.files {
				names[name] = true
			}
		}
	}
	entries := make([]Entry, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		entries = append(entries, Entry{Secret: secret, Name: name})
	}
	return entries
}

// missing is the error for an entry that no directory has.
func (c *ciphertexts) missing(entry Entry) error {
	err := &MissingEntryError{Namespace: c.namespace, Entry: entry}
	for _, m := range c.mounted {
		if m.Secret == entry.Secret {
			err.Dirs = append(err.Dirs, m.Dir)
		}
	}
	for _, other := range c.entriesOf(entry.Secret) {
		err.Entries = append(err.Entries, other.Name)
	}
	return err
}

// toOpen are the entries as Secrets to open, one for each directory that has one of them.
func (c *ciphertexts) toOpen(wanted map[Entry]bool) ([]sealed.Secret, error) {
	entries := slices.SortedFunc(maps.Keys(wanted), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Name, b.Name))
	})
	byMount := make([]sealed.Secret, len(c.mounted))
	for _, entry := range entries {
		at, found := c.find(entry)
		if !found {
			continue // it is optional
		}
		secret := &byMount[at]
		if len(secret.Entries) == 0 {
			from := c.mounted[at]
			key, err := from.Key.For(c.namespace)
			if err != nil {
				return nil, err
			}
			*secret = sealed.Secret{Namespace: c.namespace, Name: from.Secret, Key: key, Scope: *from.Scope}
		}
		one := sealed.Entry{Name: entry.Name}
		if parsed, err := transit.ParseCiphertext(string(c.mounted[at].files[entry.Name].content)); err == nil {
			one.Ciphertext = parsed
		}
		secret.Entries = append(secret.Entries, one)
	}
	return slices.DeleteFunc(byMount, func(s sealed.Secret) bool { return len(s.Entries) == 0 }), nil
}
