// Package setup makes what vaultseal needs of Vault and of a cluster: transit keys, a login method with its
// roles and policies, ServiceAccounts and their rights, the cluster's configuration, and a CronJob. All of it is
// derived from one [Installation]. A [Plan] tells what is missing or differs before anything is written.
package setup
