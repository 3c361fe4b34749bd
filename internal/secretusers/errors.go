package secretusers

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// maxNamed is how many users a message names.
const maxNamed = 10

// InUseError says that something needs the plaintext of a Secret.
type InUseError struct {
	Namespace, Name string
	Users           []User
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("secret %s/%s is used as plaintext by %s", e.Namespace, e.Name, Named(e.Users))
}

// Named lists users: "deployment/web (volume tls), cronjob/clean (tls) and 3 more".
func Named(users []User) string {
	var names []string
	for _, user := range users[:min(len(users), maxNamed)] {
		names = append(names, fmt.Sprintf("%s (%s)", user.Object, user.Place))
	}
	text := strings.Join(names, ", ")
	if more := len(users) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// UnreadError says that what uses the Secrets of a namespace is not known. It is transit.ErrDenied.
type UnreadError struct {
	Namespace string
	Unread    []Unread
}

func (e *UnreadError) Error() string {
	var kinds []string
	for _, one := range e.Unread {
		kinds = append(kinds, one.Resource)
	}
	return fmt.Sprintf("it is not known what uses the Secrets of namespace %s: you may not list %s", e.Namespace,
		strings.Join(kinds, ", "))
}

func (e *UnreadError) Unwrap() error { return transit.ErrDenied }
