// Kubectl-vaultseal keeps Kubernetes Secrets as Vault Transit ciphertext. It
// is a kubectl plugin: kubectl vaultseal --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the cloud providers' ways to authenticate

	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin"
)

func main() {
	os.Exit(plugin.Main(untilSignalled(), plugin.Process{
		IOStreams: genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr},
		Args:      os.Args[1:],
		LookupEnv: os.LookupEnv,
	}))
}

// untilSignalled ends with the first signal, so that the Vault token can be
// revoked; the second one ends the process at once.
func untilSignalled() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	// A closed pipe becomes an error of the write, so that this way out revokes too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		received := <-signals
		signal.Stop(signals)
		cancel(plugin.Signal{Signal: received, Code: 128 + int(received.(syscall.Signal))})
	}()
	return ctx
}
