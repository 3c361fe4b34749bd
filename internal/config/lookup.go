package config

import (
	"context"
	"maps"
)

// Sources is where values are looked up. All of its functions must be set.
type Sources struct {
	// Flag gives the value of a flag that the user set.
	Flag func(name string) (string, bool)
	// Env is os.LookupEnv.
	Env func(name string) (string, bool)
	// ConfigMap reads the data of the cluster's ConfigMap; absent or
	// forbidden is nil without an error. It is called at most once, and not
	// at all when flags and environment leave nothing for it to decide.
	ConfigMap func(ctx context.Context) (map[string]string, error)
	// Namespace is where the ConfigMap and the rotator's ServiceAccount live;
	// empty: there is no ConfigMap.
	Namespace string
	// ReadFile is os.ReadFile.
	ReadFile func(path string) ([]byte, error)
	// PlainServer is the API server's address when it is called over plain http, else empty. Anyone on the way can
	// answer for it, so the ConfigMap then does not say which Vault gets the plaintext.
	PlainServer string
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

// fromEnv takes a variable that is set and empty for one that is not set.
func (s Sources) fromEnv(setting Setting) Value[string] {
	if text, set := s.Env(setting.Env); set && text != "" {
		return Value[string]{text, Source{FromEnvironment, setting.Env}}
	}
	return Value[string]{}
}

// local is what flag or environment say.
func (s Sources) local(setting Setting) Value[string] {
	return first(s.fromFlag(setting), s.fromEnv(setting))
}

// cluster is the data of the cluster's ConfigMap.
type cluster map[string]string

func (c cluster) value(setting Setting) Value[string] {
	if text := c[setting.Key]; setting.Key != "" && text != "" {
		return Value[string]{text, Source{FromConfigMap, setting.Key}}
	}
	return Value[string]{}
}

// withoutVault is the data without what says which Vault to speak to.
func (c cluster) withoutVault() cluster {
	rest := maps.Clone(c)
	for _, setting := range vaultGroup() {
		delete(rest, setting.Key)
	}
	return rest
}

// only is the data of these settings.
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

// first is the first of the values that anybody gave.
func first(values ...Value[string]) Value[string] {
	for _, value := range values {
		if value.Given() {
			return value
		}
	}
	return Value[string]{}
}
