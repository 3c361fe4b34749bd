// Package setup creates what vaultseal needs in Vault and in a cluster: transit keys, an auth method with its roles and
// policies, ServiceAccounts and their rights, the cluster's configuration, and a CronJob. All of it is derived from one
// [Installation]. A [Plan] lists what is missing or different before anything is written.
package setup
