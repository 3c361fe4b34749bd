// Command bareloop rotates a transit key and rewraps the sealed Secrets of a
// namespace, as a program does that is written straight down with Kubernetes' client
// library and net/http: it is what the benchmark measures `kubectl vaultseal rotate`
// against. One phase follows the other: list in pages of 500 (beside the login), one
// rotate, rewraps of 500 entries, then merge patches with the resourceVersion, many
// at once. With -verify it lists and rewraps, and throws the results away.
//
// Each Secret must have one entry, sealed with scope strict under a derived key. No
// flags of kubectl's, no ConfigMap, no retries, no report; the Secrets' annotations
// are not looked at.
//
//	bareloop [-writers N] [-verify] NAMESPACE
//
// Environment: KUBECONFIG, VAULT_ADDR, VAULT_CACERT, VAULTSEAL_TRANSIT_KEY (MOUNT/NAME).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
)

const (
	userAgent       = "vaultseal-bareloop"
	role            = "vaultseal-rotator" // of Vault, and the name of the ServiceAccount
	systemNamespace = "vaultseal-system"  // where that is
	audience        = "vault"
	batchSize       = 500 // Secrets of a page, and entries of a rewrap
)

func main() {
	var l loop
	flag.IntVar(&l.writers, "writers", 32, "patches at once")
	flag.BoolVar(&l.verify, "verify", false, "rotate and write nothing: only rewrap")
	flag.Parse()
	if flag.NArg() != 1 || l.writers < 1 {
		fmt.Fprintln(os.Stderr, "usage: bareloop [-writers N] [-verify] NAMESPACE")
		os.Exit(2)
	}
	l.namespace = flag.Arg(0)
	count, err := l.run(context.Background())
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
	fmt.Printf("%d Secrets\n", count)
}

type loop struct {
	namespace string
	writers   int
	verify    bool
}

// run returns how many Secrets it has seen through.
func (l loop) run(ctx context.Context) (int, error) {
	core, err := newCluster()
	if err != nil {
		return 0, err
	}
	vault, err := newVault(core.ServiceAccounts(systemNamespace))
	if err != nil {
		return 0, err
	}

	login := make(chan error, 1)
	go func() { login <- vault.logIn(ctx) }()
	entries, err := list(ctx, core.Secrets(l.namespace))
	if err := errors.Join(<-login, err); err != nil {
		return 0, err
	}
	err = l.rewrap(ctx, vault, entries)
	if err := errors.Join(err, vault.revoke(ctx)); err != nil || l.verify {
		return len(entries), err
	}
	return len(entries), patchAll(ctx, core.Secrets(l.namespace), entries, l.writers)
}

// rewrap replaces the ciphertexts by those of the new version.
func (l loop) rewrap(ctx context.Context, vault *vault, entries []entry) error {
	if !l.verify {
		if err := vault.rotate(ctx); err != nil {
			return err
		}
	}
	for start := 0; start < len(entries); start += batchSize {
		batch := entries[start:min(start+batchSize, len(entries))]
		if err := vault.rewrap(ctx, l.namespace, batch); err != nil {
			return err
		}
	}
	return nil
}
