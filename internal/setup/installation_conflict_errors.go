package setup

import (
	"fmt"
	"strings"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// OthersEngineError reports an existing transit engine that the installation cannot access yet.
type OthersEngineError struct {
	AuthMount string
	Keys      []string // names of its keys, if known
}

func (e *OthersEngineError) Error() string {
	text := "it exists, and the roles of auth mount " + e.AuthMount + " have no access to it: it may belong to another installation"
	if len(e.Keys) > 0 {
		text += "; it holds the keys " + some(e.Keys)
	}
	return text
}

// Hint returns what to do.
func (e *OthersEngineError) Hint() string {
	return "specify a new engine with --transit-key 'ENGINE/{namespace}'; or, if its keys are yours, add --reuse-keys: then the accounts of a namespace can open everything that is sealed with the key of its name"
}

// OthersKeyError reports an existing shared key that the installation cannot access yet.
type OthersKeyError struct {
	AuthMount  string
	Namespaces []string // that would get access
}

func (e *OthersKeyError) Error() string {
	return "it exists, and the roles of auth mount " + e.AuthMount + " have no access to it: it may belong to another installation"
}

// Hint returns what to do.
func (e *OthersKeyError) Hint() string {
	return "specify a new key with --shared-key; or, if the key is yours, add --reuse-keys: then the accounts of " +
		strings.Join(e.Namespaces, ", ") + " can open everything that is sealed with it"
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
	text := fmt.Sprintf("it exists, and namespace %s is not set up: it may be the key of an earlier namespace of that name. ", e.Namespace)
	text += fmt.Sprintf("Accounts of %s could open everything that is sealed with its versions %d to %d", e.Namespace, max(e.Oldest, 1), e.Latest)
	if !e.Made.IsZero() {
		text += ", the oldest of " + e.Made.Format(time.RFC3339)
	}
	return text
}

// Hint returns what to do.
func (e *InheritedKeyError) Hint() string {
	return fmt.Sprintf("if the namespace belongs to the same team, add --reuse-keys; else disable the old versions first: "+
		"vault write -f %s/keys/%s/rotate && vault write %s/keys/%s/config min_decryption_version=%d min_encryption_version=%d",
		e.Key.Mount, e.Key.Name, e.Key.Mount, e.Key.Name, e.Latest+1, e.Latest+1)
}

// OthersPolicyError reports an existing policy that setup would give to a role that does not have it.
type OthersPolicyError struct {
	Role        string // MOUNT/NAME
	ServedMount string // the auth mount that it is for; empty: unknown
}

func (e *OthersPolicyError) Error() string {
	if e.ServedMount != "" {
		return fmt.Sprintf("it exists and is for logins of auth mount %s: it belongs to another installation, and is left as it is", e.ServedMount)
	}
	return fmt.Sprintf("it exists, and role %s does not use it: it may belong to another installation", e.Role)
}

// Hint returns what to do.
func (e *OthersPolicyError) Hint() string {
	if e.ServedMount != "" {
		return "choose another mount with --vault-auth-mount"
	}
	return "see what uses it, and choose another mount with --vault-auth-mount; or, if it is yours, add --reuse-keys to replace it"
}
