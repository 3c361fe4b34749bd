package plugin

import (
	"errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// accountFlag is a ServiceAccount with its namespace; an empty text is none.
type accountFlag struct{ config.Account }

func (f *accountFlag) String() string { return f.Account.String() }
func (f *accountFlag) Type() string   { return "NAMESPACE/NAME" }

func (f *accountFlag) Set(text string) (err error) {
	if text == "" {
		f.Account = config.Account{}
		return nil
	}
	if f.Account, err = config.ParseAccount(text); err != nil || f.Namespace == "" {
		return errors.New("want NAMESPACE/NAME")
	}
	return nil
}
