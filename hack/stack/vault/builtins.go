package main

import (
	"maps"
	"slices"

	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
)

// builtins is the plugin registry of a Vault that has these plugins and no others.
// Vault's own registry would link every plugin there is.
type builtins struct {
	secrets, auth map[string]logical.Factory
}

func (b builtins) of(kind consts.PluginType) map[string]logical.Factory {
	switch kind {
	case consts.PluginTypeSecrets:
		return b.secrets
	case consts.PluginTypeCredential:
		return b.auth
	default:
		return nil
	}
}

func (b builtins) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	factory, ok := b.of(kind)[name]
	return func() (any, error) { return factory, nil }, ok
}

func (b builtins) Contains(name string, kind consts.PluginType) bool {
	_, ok := b.of(kind)[name]
	return ok
}

func (b builtins) Keys(kind consts.PluginType) []string {
	return slices.Sorted(maps.Keys(b.of(kind)))
}

func (b builtins) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, b.Contains(name, kind)
}

func (b builtins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
