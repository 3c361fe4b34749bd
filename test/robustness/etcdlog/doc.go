// Package etcdlog reads every write of a Secret from the etcd of a running stack, in order, from its first revision.
// The stack compacts nothing, so that no write is missing. It shares no code with the plugin.
package etcdlog
