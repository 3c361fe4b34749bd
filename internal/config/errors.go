package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MissingError lists all missing values that a command requires.
type MissingError struct {
	Settings []Setting
	// UnverifiedServer is an API server whose ConfigMap has an address of Vault, which is not used: the server is
	// called over plain http, or its certificate is not verified.
	UnverifiedServer string
	// Unsaid are the values, including the address, that only the ConfigMap has for a Vault that would get a token from
	// outside.
	Unsaid []Unsaid

	// ForOpenBao are those of the settings that a variable of OpenBao's CLI has, which is not read.
	ForOpenBao []Setting

	// Outside reports that a token from outside would be sent to the address.
	Outside bool
	// NoConfigMap reports that the ConfigMap is not read.
	NoConfigMap bool
}

func (e *MissingError) Error() string {
	titles := make([]string, len(e.Settings))
	for i, setting := range e.Settings {
		titles[i] = setting.Title
	}
	text := "missing configuration: " + strings.Join(titles, ", ")
	switch {
	case !e.unproven(VaultAddr):
	case len(e.Unsaid) > 0:
		text += "; the ConfigMap's address of Vault is not used, because " + VaultToken.Env +
			" is sent only to an address that you specify"
	case strings.HasPrefix(e.UnverifiedServer, "http://"):
		text += fmt.Sprintf("; the ConfigMap's address of Vault is not used, because the API server at %s is called "+
			"over plain http", e.UnverifiedServer)
	default:
		text += fmt.Sprintf("; the ConfigMap's address of Vault is not used, because the certificate of the API "+
			"server at %s is not verified", e.UnverifiedServer)
	}
	return text
}

// MayBeInConfigMap reports whether the ConfigMap could give a setting that is missing.
func (e *MissingError) MayBeInConfigMap(setting Setting) bool {
	return setting.Key != "" && !e.NoConfigMap && !e.unproven(setting) && (!e.Outside || setting != VaultAddr)
}

// unproven reports whether the ConfigMap has the setting but may not decide it.
func (e *MissingError) unproven(setting Setting) bool {
	return (e.UnverifiedServer != "" || len(e.Unsaid) > 0) && setting == VaultAddr &&
		slices.Contains(e.Settings, VaultAddr)
}

// UnsaidError lists values that only the ConfigMap has, and that decide who gets a Vault token from outside.
type UnsaidError struct {
	Unsaid []Unsaid
}

func (e *UnsaidError) Error() string {
	titles := make([]string, len(e.Unsaid))
	for i, one := range e.Unsaid {
		titles[i] = one.Setting.Title
	}
	return fmt.Sprintf("%s is sent only to a Vault that you describe yourself: only the cluster's ConfigMap %s has "+
		"the %s",
		VaultToken.Env, ConfigMapName, strings.Join(titles, ", "))
}

// What a *ValueError can wrap.
var (
	// ErrTokenMethod: the ConfigMap names the method token, which would send it a token from outside.
	ErrTokenMethod = errors.New("the method token is never taken from the ConfigMap")
	// ErrUnverifiedProxy: the ConfigMap names a proxy, and Vault's certificate is not verified.
	ErrUnverifiedProxy = errors.New("the ConfigMap's proxy could read " + VaultToken.Env +
		", because Vault's certificate is not verified")
)

// ConflictError reports that the environment and the ConfigMap describe two different Vaults.
type ConflictError struct {
	Setting                Setting
	Environment, ConfigMap Value[string]

	// Outside reports that a token from outside would be sent there, so that the ConfigMap may not decide.
	Outside bool
}

func (e *ConflictError) Error() string {
	configured := e.ConfigMap.Value
	if !e.ConfigMap.Given() {
		configured = "nothing"
	}
	return fmt.Sprintf("two different Vaults: %s says %s, the cluster's ConfigMap %s (key %s) says %s",
		e.Environment.Source.Name, e.Environment.Value, ConfigMapName, e.Setting.Key, configured)
}

// ValueError reports an invalid value and its source.
type ValueError struct {
	Source Source
	Err    error

	implied bool // a source that was not read may still have the value itself
}

func (e *ValueError) Error() string { return e.Source.String() + ": " + e.Err.Error() }
func (e *ValueError) Unwrap() error { return e.Err }

// SkipVerifyError refuses a true VAULT_SKIP_VERIFY.
type SkipVerifyError struct{}

func (e *SkipVerifyError) Error() string {
	return skipVerifyEnv + " is set: certificates are always verified"
}
