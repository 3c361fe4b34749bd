// Package keyusers reads and writes the list of installations that use the keys of a transit engine. The list is a part
// of the engine's description in Vault: administrators of Vault write it, and every role with a right below the engine
// reads it. It is a note, not a proof: an installation that is not listed may use the keys too.
package keyusers

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Words begin the list in a description.
const Words = "vaultseal keys: "

// list is "vaultseal keys: MOUNT=NAME, MOUNT=NAME". Neither auth mounts nor names of keys contain its separators.
var list = lazyregexp.New(Words + `([\w./-]+=[\w.{}-]+(?:, [\w./-]+=[\w.{}-]+)*)`)

// User is an installation that uses keys of the engine.
type User struct {
	AuthMount string // below auth/
	KeyName   string // of its transit keys; it may contain "{namespace}"
}

func (u User) String() string { return u.AuthMount + "=" + u.KeyName }

// Parse returns the users in a description, sorted by auth mount and each once. A description without a list has none.
func Parse(description string) []User {
	found := list().FindStringSubmatch(description)
	if found == nil {
		return nil
	}
	var users []User
	for text := range strings.SplitSeq(found[1], ", ") {
		mount, name, _ := strings.Cut(text, "=")
		users = append(users, User{AuthMount: mount, KeyName: name})
	}
	return sorted(users)
}

// Describe returns the description with the list of these users, and keeps the other text.
func Describe(description string, users []User) string {
	texts := make([]string, 0, len(users))
	for _, user := range sorted(users) {
		texts = append(texts, user.String())
	}
	text := Words + strings.Join(texts, ", ")
	switch {
	case list().MatchString(description):
		return list().ReplaceAllLiteralString(description, text)
	case description == "":
		return text
	}
	return description + "; " + text
}

// Others returns the auth mounts of the listed installations that use a key, without the own one. If the own auth mount
// is unknown, one user alone is taken for it.
func Others(description string, key transit.Key, own string) []string {
	var others []string
	for _, user := range Parse(description) {
		if user.AuthMount != own && user.uses(key) {
			others = append(others, user.AuthMount)
		}
	}
	if own == "" && len(others) == 1 {
		return nil
	}
	return others
}

func (u User) uses(key transit.Key) bool {
	template, err := sealed.ParseKeyTemplate(key.Mount + "/" + u.KeyName)
	if err != nil {
		return false
	}
	if template.PerNamespace() {
		_, is := template.NamespaceOf(key)
		return is
	}
	return template.String() == key.String()
}

// sorted returns the users sorted by auth mount. Of several with one auth mount it keeps the first.
func sorted(users []User) []User {
	users = slices.Clone(users)
	slices.SortStableFunc(users, func(a, b User) int { return cmp.Compare(a.AuthMount, b.AuthMount) })
	return slices.CompactFunc(users, func(a, b User) bool { return a.AuthMount == b.AuthMount })
}
