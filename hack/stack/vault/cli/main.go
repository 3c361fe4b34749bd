// Command vault is HashiCorp's vault CLI, reduced to the commands that administrators need to set up and to
// clean up: Vault's own files, without the thousand packages of cloud SDKs that the whole of it is built with.
package main

import (
	"os"

	"github.com/vaultseal/kubectl-vaultseal/hack/stack/vault/cli/command"
)

func main() { os.Exit(command.Run(os.Args[1:])) }
