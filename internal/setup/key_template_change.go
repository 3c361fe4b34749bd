package setup

import (
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// OtherKeys is the transit key in the cluster's ConfigMap. It does not decide which keys setup makes, or who can write
// the ConfigMap would choose the keys that an administrator gives the cluster. It can stop setup.
type OtherKeys struct {
	Configured string // the ConfigMap's
	Variable   string // that says Installation.Keys; empty: they are the default
}

// CheckOtherKeys returns an *OtherKeysError if the ConfigMap names other keys than are to be made.
func (i Installation) CheckOtherKeys() error {
	other := i.OtherKeys
	if other.Configured == "" {
		return nil
	}
	if theirs, err := sealed.ParseKeyTemplate(other.Configured); err == nil && sameKeys(theirs, i.Keys) {
		return nil
	}
	return &OtherKeysError{OtherKeys: other, keys: i.Keys.String()}
}

// sameKeys tells whether two templates give every namespace the same key.
func sameKeys(a, b sealed.KeyTemplate) bool {
	const namespace = "x"
	one, errOne := a.For(namespace)
	other, errOther := b.For(namespace)
	return errOne == nil && errOther == nil && one == other && a.PerNamespace() == b.PerNamespace()
}

// OtherKeysError says that the cluster's ConfigMap names other keys than setup is to make.
type OtherKeysError struct {
	OtherKeys

	keys string
}

func (e *OtherKeysError) Error() string {
	source := "the auth mount's default is"
	if e.Variable != "" {
		source = e.Variable + " says"
	}
	return fmt.Sprintf("two transit keys: %s %s, the cluster's ConfigMap %s (key transit-key) says %s", source, e.keys, config.ConfigMapName, e.Configured)
}
