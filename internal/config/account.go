package config

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Account is the ServiceAccount whose token is exchanged for a Vault token. Without a namespace it is in the Secret's
// namespace.
type Account struct {
	Namespace, Name string
}

// ParseAccount reads "[NAMESPACE/]NAME".
func ParseAccount(text string) (Account, error) {
	namespace, name, qualified := strings.Cut(text, "/")
	if !qualified {
		namespace, name = "", text
	} else if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
		return Account{}, fmt.Errorf("ServiceAccount %q: namespace: %s", text, problems[0])
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return Account{}, fmt.Errorf("ServiceAccount %q: name: %s", text, problems[0])
	}
	return Account{Namespace: namespace, Name: name}, nil
}

// In returns the account for a Secret in a namespace.
func (a Account) In(namespace string) Account {
	if a.Namespace == "" {
		a.Namespace = namespace
	}
	return a
}

func (a Account) String() string {
	if a.Namespace == "" {
		return a.Name
	}
	return a.Namespace + "/" + a.Name
}

// WorkloadRole returns the name of Vault's role for the workloads of an account with a namespace. Roles are global in
// an auth mount. Different accounts have different names, because a namespace's name has no dot. Neither does the name
// of any other role that setup creates.
func (a Account) WorkloadRole() string { return a.Namespace + "." + a.Name }

// ParseWorkloadRole reads what WorkloadRole returns. It returns false for any other name.
func ParseWorkloadRole(role string) (Account, bool) {
	namespace, name, dotted := strings.Cut(role, ".")
	if !dotted || len(validation.IsDNS1123Label(namespace)) > 0 || len(validation.IsDNS1123Subdomain(name)) > 0 {
		return Account{}, false
	}
	return Account{Namespace: namespace, Name: name}, true
}
