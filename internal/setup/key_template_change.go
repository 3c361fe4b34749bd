package setup

import (
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// OtherKeys is the transit key in the cluster's ConfigMap. It never decides which keys setup creates: otherwise anyone
// who can write the ConfigMap could choose the keys of the cluster. It can stop setup.
type OtherKeys struct {
	Configured string // in the ConfigMap
	Variable   string // that specifies Installation.Keys; empty: they are the default
}

// CheckOtherKeys returns an *OtherKeysError if the ConfigMap names other keys than setup would create.
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

// sameKeys reports whether two templates give every namespace the same key.
func sameKeys(a, b sealed.KeyTemplate) bool {
	const namespace = "x"
	one, errOne := a.For(namespace)
	other, errOther := b.For(namespace)
	return errOne == nil && errOther == nil && one == other && a.PerNamespace() == b.PerNamespace()
}

// OtherKeysError reports that the cluster's ConfigMap names other keys than setup would create.
type OtherKeysError struct {
	OtherKeys

	keys string
}

func (e *OtherKeysError) Error() string {
	source := "the auth mount's default is"
	if e.Variable != "" {
		source = e.Variable + " says"
	}
	return fmt.Sprintf("two transit keys: %s %s, the cluster's ConfigMap %s (key transit-key) says %s", source, e.keys,
		config.ConfigMapName, e.Configured)
}
