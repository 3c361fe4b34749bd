package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

// keys are what flags or the environment say, else the default of the auth mount; and what the ConfigMap says, unless a
// flag says which are meant.
func (f *installationFlags) keys(settings *config.Config) (sealed.KeyTemplate, setup.OtherKeys, error) {
	keys, err := f.ownKeys(settings)
	said := settings.TransitKey.Source
	if err != nil || f.sharedKey.given() || said.Origin == config.FromFlag {
		return keys, setup.OtherKeys{}, err
	}
	return keys, setup.OtherKeys{Configured: settings.ConfiguredKey.Value, Variable: said.Name}, nil
}

// keyFlags say a transit key on the command line.
func (f *installationFlags) keyFlags(key string) []string {
	switch {
	case strings.Contains(key, "{namespace}"):
		return []string{"--transit-key", key}
	case f.limiting:
		return []string{"--shared-key", key}
	}
	return []string{"--shared-key", key, "--namespaces", "NAMESPACES"}
}

// ownKeys are what the ConfigMap has no part in.
func (f *installationFlags) ownKeys(settings *config.Config) (sealed.KeyTemplate, error) {
	switch said := settings.TransitKey; {
	case f.sharedKey.given():
		return f.sharedKey.KeyTemplate, nil
	case said.Value.IsZero():
		return sealed.ParseKeyTemplate(setup.DefaultKeys(settings.Auth.Mount.Value))
	case !said.Value.PerNamespace():
		return sealed.KeyTemplate{}, usagef("%s is %s, one key for all namespaces: specify --shared-key %s "+
			"--namespaces LIST to share it", said.Source, said.Value, said.Value)
	default:
		if mount, _, _ := strings.Cut(said.Value.String(), "/"); strings.Contains(mount, "{") {
			return sealed.KeyTemplate{}, &config.ValueError{Source: said.Source,
				Err: fmt.Errorf("%s: {namespace} belongs in the name of the key, not in the mount", said.Value)}
		}
		return said.Value, nil
	}
}
