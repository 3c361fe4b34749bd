// Package test runs kubectl vaultseal end to end, on a real API server with
// etcd and a real Vault. `make test` starts that stack; without it the tests
// fail, they are never skipped.
package test
