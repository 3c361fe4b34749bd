package plugin

// shim is run by kubectl with the words of the command line. Windows has no sh, and runs scripts by their extension.
const shim = "@rem Completes kubectl vaultseal: kubectl runs it by the name kubectl_complete-vaultseal.cmd.\r\n" +
	"@kubectl vaultseal __complete %*\r\n"
