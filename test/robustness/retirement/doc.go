// Package retirement checks that a transit key's oldest version was raised only when no Secret needed an older one. It
// looks at every write of a Secret in etcd, opens the entries with the key itself, and reads in Vault's audit log when
// the version was raised. It shares no code with the plugin.
package retirement
