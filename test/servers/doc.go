// Package servers controls the servers of the local stack, and the network before them, so that tests can break them.
package servers
