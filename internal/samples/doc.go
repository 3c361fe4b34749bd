// Package samples makes workloads that reference Secrets in random ways, for tests. The API server accepts all of them.
package samples
