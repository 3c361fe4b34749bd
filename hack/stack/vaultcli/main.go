// Command vault is HashiCorp's vault CLI, reduced to the commands that administrators need to set up and to
// clean up: Vault's own files, without the thousand packages of cloud SDKs that the whole of it is built with.
package main

import (
	"fmt"
	"os"

	"github.com/vaultseal/kubectl-vaultseal/hack/stack/vaultcli/command"
)

const usage = "usage: vault auth enable | delete | policy read, write or delete | read | secrets enable | write; more of Vault's CLI is not here"

func main() {
	if len(os.Args) == 1 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(1)
	}
	os.Exit(command.Run(os.Args[1:]))
}
