package config

import (
	"context"
	"maps"
)

// Sources are the places of values. All functions must be set.
type Sources struct {
	// Flag returns the value of a flag that the user set.
	Flag func(name string) (string, bool)
	// Env is os.LookupEnv.
	Env func(name string) (string, bool)
	// ConfigMap returns the data of the cluster's ConfigMap; nil without an error if it is absent or forbidden. It is
	// called at most once, and not at all if flags and environment decide everything.
	ConfigMap func(ctx context.Context) (map[string]string, error)
	// Namespace is the namespace of the ConfigMap and of the rotator's ServiceAccount; empty: there is no ConfigMap.
	Namespace string
	// ReadFile is os.ReadFile.
	ReadFile func(path string) ([]byte, error)
	// UnverifiedServer is the API server's address if it is called over plain http, or its certificate is not verified;
	// else empty. Anyone on the network can answer for it, so its ConfigMap does not decide which Vault gets the
	// plaintext.
	UnverifiedServer string
}

func (s Sources) fromFlag(setting Setting) Value[string] {
	if setting.Flag == "" {
		return Value[string]{}
	}
	if text, set := s.Flag(setting.Flag); set {
		return Value[string]{text, Source{FromFlag, setting.Flag}}
	}
	return Value[string]{}
}

// fromEnv treats an empty variable as unset.
func (s Sources) fromEnv(setting Setting) Value[string] {
	if text, set := s.Env(setting.Env); set && text != "" {
		return Value[string]{text, Source{FromEnvironment, setting.Env}}
	}
	return Value[string]{}
}

// local returns the value of the flag or the environment.
func (s Sources) local(setting Setting) Value[string] {
	return first(s.fromFlag(setting), s.fromEnv(setting))
}

// cluster returns the data of the cluster's ConfigMap.
type cluster map[string]string

func (c cluster) value(setting Setting) Value[string] {
	if text := c[setting.Key]; setting.Key != "" && text != "" {
		return Value[string]{text, Source{FromConfigMap, setting.Key}}
	}
	return Value[string]{}
}

// withoutVault returns the data without the settings that select the Vault.
func (c cluster) withoutVault() cluster {
	rest := maps.Clone(c)
	for _, setting := range vaultGroup() {
		delete(rest, setting.Key)
	}
	return rest
}

// only returns the data of these settings.
func (c cluster) only(settings ...Setting) cluster {
	rest := cluster{}
	for _, setting := range settings {
		rest[setting.Key] = c[setting.Key]
	}
	return rest
}

func byDefault(text string) Value[string] {
	return Value[string]{text, Source{Origin: FromDefault}}
}

// first returns the first value that is set.
func first(values ...Value[string]) Value[string] {
	for _, value := range values {
		if value.Given() {
			return value
		}
	}
	return Value[string]{}
}
