// Package history describes what clients did to Secrets: each operation with its arguments, its times and its outcome,
// and all writes that etcd has of these Secrets. Its values are made up for the test; it has no tokens.
package history
