package setup

import (
	"context"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// decryptLine is the line of a policy that lets a role open. If the login decides the key, its name has a template.
var (
	decryptLine = lazyregexp.New(`path "([^"]+)/decrypt/([^"]+)" \{`)
	ownKeyName  = lazyregexp.New(`\{\{identity\.entity\.aliases\.[^}]*\.metadata\.service_account_namespace\}\}`)
)

// keys returns the keys that the installation's roles use, in the form of --transit-key or --shared-key; empty: none.
func (a access) keys() string {
	for _, role := range []string{sealerName, readerName} {
		for _, policy := range a.policies[role] {
			if found := decryptLine().FindStringSubmatch(a.texts[policy]); found != nil {
				return found[1] + "/" + ownKeyName().ReplaceAllLiteralString(found[2], "{namespace}")
			}
		}
	}
	return ""
}

// checkUsedKeys refuses to move the installation to the default keys unless they are specified: otherwise existing
// ciphertext would no longer open.
func (s *Setup) checkUsedKeys(context.Context) error {
	i := s.Installation
	mount, name := i.keyName()
	used := s.access.keys()
	if !i.Unsaid.Keys || used == "" || used == mount+"/"+name {
		return nil
	}
	return &UsedKeysError{AuthMount: i.AuthMount, Used: used, Default: mount + "/" + name}
}

// UsedKeysError reports that the installation uses other keys than setup would give it.
type UsedKeysError struct{ AuthMount, Used, Default string }

func (e *UsedKeysError) Error() string {
	return fmt.Sprintf("the roles of auth mount %s use transit keys %s, and would get the default, %s, which does "+
		"not open what is sealed", e.AuthMount, e.Used, e.Default)
}
