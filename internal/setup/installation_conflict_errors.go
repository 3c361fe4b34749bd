package setup

import (
	"fmt"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// OthersEngineError reports an existing transit engine that the installation cannot access yet.
type OthersEngineError struct {
	AuthMount string
	Keys      []string // names of its keys, if known
	UsedBy    []string // auth mounts of the installations that it lists for these keys
}

func (e *OthersEngineError) Error() string {
	text := "it exists, and the roles of auth mount " + e.AuthMount + " have no access to it: it "
	if len(e.UsedBy) > 0 {
		text += "is used by " + installationsOf(e.UsedBy)
	} else {
		text += "may belong to another installation"
	}
	if len(e.Keys) > 0 {
		text += "; it holds the keys " + some(e.Keys)
	}
	return text
}

// OthersKeyError reports an existing shared key that the installation cannot access yet.
type OthersKeyError struct {
	AuthMount  string
	Namespaces []string // that would get access
}

func (e *OthersKeyError) Error() string {
	return "it exists, and the roles of auth mount " + e.AuthMount +
		" have no access to it: it may belong to another installation"
}

// InheritedKeyError reports an existing key of a namespace that is not set up.
type InheritedKeyError struct {
	Key       transit.Key
	Namespace string
	Oldest    int       // oldest version that opens
	Latest    int       // version
	Made      time.Time // creation of the oldest version; zero: unknown
}

func (e *InheritedKeyError) Error() string {
	text := fmt.Sprintf("it exists, and namespace %s is not set up: it may be the key of an earlier namespace of "+
		"that name. ", e.Namespace)
	text += fmt.Sprintf("Accounts of %s could open everything that is sealed with its versions %d to %d", e.Namespace,
		max(e.Oldest, 1), e.Latest)
	if !e.Made.IsZero() {
		text += ", the oldest of " + e.Made.Format(time.RFC3339)
	}
	return text
}

// OthersPolicyError reports an existing policy that setup would give to a role that does not have it.
type OthersPolicyError struct {
	Role        string // MOUNT/NAME
	ServedMount string // the auth mount that it is for; empty: unknown
}

func (e *OthersPolicyError) Error() string {
	if e.ServedMount != "" {
		return fmt.Sprintf("it exists and is for logins of auth mount %s: it belongs to another installation, and is "+
			"not changed", e.ServedMount)
	}
	return fmt.Sprintf("it exists, and role %s does not use it: it may belong to another installation", e.Role)
}
