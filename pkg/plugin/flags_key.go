package plugin

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// keyFlag is a transit key; none where it was not given.
type keyFlag struct {
	transit.Key
	// KeyTemplate is that key for any namespace, as it was written.
	sealed.KeyTemplate
}

func (f *keyFlag) String() string { return f.KeyTemplate.String() }
func (f *keyFlag) Type() string   { return "[MOUNT/]NAME" }
func (f *keyFlag) given() bool    { return !f.KeyTemplate.IsZero() }

func (f *keyFlag) Set(text string) (err error) {
	if f.Key, err = transit.ParseKey(text); err != nil {
		return err
	}
	f.KeyTemplate, err = sealed.ParseKeyTemplate(text)
	return err
}
