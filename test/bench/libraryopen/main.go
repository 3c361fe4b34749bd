// Command libraryopen opens an entry of a sealed Secret as an application does that uses the library: the benchmark
// measures it against barechain, which does the same without.
//
//	libraryopen NAMESPACE NAME ENTRY
//
// Environment: that of the plugin.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: libraryopen NAMESPACE NAME ENTRY")
		os.Exit(2)
	}
	if err := open(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func open(ctx context.Context, namespace, name, entry string) (err error) {
	kubernetes, err := clientcmd.BuildConfigFromFlags("", os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	if err != nil {
		return err
	}
	kubernetes.UserAgent = "vaultseal-library"
	// The benchmark's Secrets have the sealer's account, as barechain has.
	reader, err := vaultseal.NewReader(ctx, vaultseal.WithKubernetes(kubernetes), vaultseal.WithNamespace(namespace),
		vaultseal.WithRole("vaultseal"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close(ctx)) }()
	plaintext, err := reader.OpenEntry(ctx, name, entry)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(plaintext)
	return err
}
