//go:build !windows

package plugin

// shim is run by kubectl with the words of the command line.
const shim = `#!/bin/sh
# Completes kubectl vaultseal: kubectl runs it by the name kubectl_complete-vaultseal.
exec kubectl vaultseal __complete "$@"
`
