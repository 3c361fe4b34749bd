package plugin

import (
	"io/fs"
	"syscall"

	"github.com/vaultseal/kubectl-vaultseal/internal/delivery"
)

func deliveryRows() map[string]row {
	password := delivery.Entry{Secret: "db", Name: "password"}
	return map[string]row{
		"delivery.EnvValueError": hasHint(&delivery.EnvValueError{Namespace: "shop", Entry: password,
			Variable: "PASSWORD", Reason: "it has a single quote"}),
		"delivery.MissingEntryError": hasHint(
			&delivery.MissingEntryError{Namespace: "shop", Entry: password, Dirs: []string{"/vaultseal/sealed/db"},
				Entries: []string{"host", "user"}},
			&delivery.MissingEntryError{Namespace: "shop", Entry: password, Dirs: []string{"/vaultseal/sealed/db"}}),
		"delivery.NoSpaceError": hasHint(&delivery.NoSpaceError{Err: &fs.PathError{Op: "write",
			Path: "/vaultseal/open/tls/..2026_01_02_03_04_05.6/tls.crt", Err: syscall.ENOSPC}}),
		"delivery.UnknownSecretError": hasHint(&delivery.UnknownSecretError{Secret: "db"}),
	}
}
