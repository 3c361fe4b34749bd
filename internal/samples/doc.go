// Package samples makes workloads that reference Secrets in random ways, for tests. The API server accepts each of them.
package samples
