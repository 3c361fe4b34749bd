// Command floor is the smallest program that takes the flags of kubectl: cobra, and cli-runtime's ConfigFlags. A plugin
// cannot start faster with these libraries, so the benchmark measures `kubectl vaultseal --help` against it.
//
//	floor --help
package main

import (
	"os"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

func main() {
	command := &cobra.Command{Use: "floor", Short: "Do nothing", Run: func(*cobra.Command, []string) {}}
	genericclioptions.NewConfigFlags(true).AddFlags(command.PersistentFlags())
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}
}
