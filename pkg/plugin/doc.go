// Package plugin has the commands of kubectl vaultseal. Each turns its flags into options, calls the packages below,
// and prints. Only this package knows cobra, terminals, exit codes and hints.
//
// The package is public so that cmd/kubectl-vaultseal and the generator of the reference can call it. The compatibility
// promise of pkg/vaultseal does not cover it: any version may change it.
package plugin
