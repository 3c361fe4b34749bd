package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/setup"
)

// keys are what flag or environment say, else the default of the auth mount. The ConfigMap does not decide them, or who
// can write it would choose the keys that an administrator gives this cluster. Where it names others, only a flag says
// which are meant.
func (f *installationFlags) keys(a *administration) (sealed.KeyTemplate, error) {
	said := a.config.TransitKey
	keys, err := f.ownKeys(a.config)
	if err != nil || f.sharedKey != "" || said.Source.Origin == config.FromFlag {
		return keys, err
	}
	configured := a.config.ConfiguredKey
	theirs, err := sealed.ParseKeyTemplate(configured.Value)
	if !configured.Given() || err == nil && theirs.String() == keys.String() {
		return keys, nil
	}
	source := "the auth mount's default is"
	if said.Source.Origin == config.FromEnvironment {
		source = said.Source.Name + " says"
	}
	return keys, &usageError{
		err:  fmt.Errorf("two transit keys: %s %s, the cluster's ConfigMap %s (key transit-key) says %s", source, keys, config.ConfigMapName, configured.Value),
		hint: "run the command with the right one, for example:\n" + a.globals.again(f.keyFlags(configured.Value)...),
	}
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
	case f.sharedKey != "":
		return sealed.ParseKeyTemplate(f.sharedKey)
	case said.Value.IsZero():
		return sealed.ParseKeyTemplate(setup.DefaultKeys(settings.Auth.Mount.Value))
	case !said.Value.PerNamespace():
		return sealed.KeyTemplate{}, usagef("%s says %s, one key for all: say --shared-key %s --namespaces LIST if it is to be shared", said.Source, said.Value, said.Value)
	default:
		if mount, _, _ := strings.Cut(said.Value.String(), "/"); strings.Contains(mount, "{") {
			return sealed.KeyTemplate{}, &config.ValueError{Source: said.Source, Err: fmt.Errorf("%s: {namespace} belongs in the name of the key, not in the mount", said.Value)}
		}
		return said.Value, nil
	}
}
