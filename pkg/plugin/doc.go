// Package plugin is the commands of kubectl vaultseal: flags, then options,
// then the engine, then a printer. Nothing below it knows cobra, terminals or
// exit codes.
package plugin
