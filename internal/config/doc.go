// Package config combines the flags, the environment and the cluster's ConfigMap into one typed Config, in which each
// value has its source.
//
// A flag overrides the environment, the environment the ConfigMap, and the ConfigMap the default. Vault's address, CA,
// namespace and server name are a group, because they decide where plaintext is sent: see vault.go.
package config
