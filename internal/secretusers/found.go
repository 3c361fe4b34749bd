package secretusers

import (
	"cmp"
	"maps"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// User is an object that needs the plaintext of a Secret.
type User struct {
	Object string // KIND/NAME, with the namespace if it is another one than the Secret's
	Place  string // where the object refers to it, such as "volume tls"
}

// Found is what uses the Secrets of some namespaces.
type Found struct {
	users map[sealed.Place]map[string]User // by object
	// Unread are the kinds that the user may not list.
	Unread []Unread
}

// Unread is a kind of objects that the user may not list.
type Unread struct {
	Resource  string // "deployments.apps"
	Namespace string // empty: of all namespaces, or objects in no namespace
	// InNamespace reports whether the objects are in the namespaces of the Secrets.
	InNamespace bool
	// InOthers reports whether they are in other namespaces, and may refer to these Secrets.
	InOthers bool
}

// String names what cannot be listed.
func (u Unread) String() string {
	switch {
	case u.InOthers:
		return u.Resource + " in other namespaces"
	case u.Namespace != "":
		return u.Resource + " in namespace " + u.Namespace
	}
	return u.Resource
}

// Of returns the users of a Secret, sorted, each once.
func (f *Found) Of(namespace, name string) []User {
	return slices.SortedFunc(maps.Values(f.users[sealed.Place{Namespace: namespace, Name: name}]),
		func(a, b User) int { return cmp.Compare(a.Object, b.Object) })
}

// UnreadIn returns what the user may not list of the objects in a namespace: one of them may use its Secrets.
func (f *Found) UnreadIn(namespace string) (unread []Unread) {
	for _, one := range f.Unread {
		if one.InNamespace && (one.Namespace == "" || one.Namespace == namespace) {
			unread = append(unread, one)
		}
	}
	return unread
}

// UnreadElsewhere returns the kinds of objects that the user may not list in no namespace, or in other ones.
func (f *Found) UnreadElsewhere() (unread []Unread) {
	for _, one := range f.Unread {
		if !one.InNamespace {
			unread = append(unread, one)
		}
	}
	return unread
}

// add adds a user; the first place of an object stays.
func (f *Found) add(secret sealed.Place, object, where string) {
	if secret.Name == "" {
		return
	}
	if f.users[secret] == nil {
		f.users[secret] = map[string]User{}
	}
	if _, known := f.users[secret][object]; !known {
		f.users[secret][object] = User{Object: object, Place: where}
	}
}
