// Package config makes one typed Config of what the flags, the environment
// and the cluster's ConfigMap say, each value with its source.
//
// A flag wins over the environment, the environment over the ConfigMap, the
// ConfigMap over the default. Vault's address, CA, namespace and server name
// are a group of their own, because they decide where plaintext is sent: see
// vault.go.
package config
