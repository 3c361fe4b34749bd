package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// stateVariable names the state directory, to this command and to tests.
const stateVariable = "VAULTSEAL_STACK_DIR"

// variable is an environment variable.
type variable struct{ name, value string }

// searchPath is what goes before the PATH: the plugin, then the stack's binaries.
func searchPath(repo repository, dir stateDir) string {
	return repo.pluginDir() + string(os.PathListSeparator) + dir.path(binDir)
}

// environment is what a process needs to work with the running stack, besides the
// searchPath.
func environment(dir stateDir) ([]variable, error) {
	alive, err := dir.running()
	if err != nil {
		return nil, err
	}
	state, err := dir.readState()
	if !alive || err != nil || !state.Configured {
		return nil, errors.Join(fmt.Errorf("no stack is up in %s: start one with 'stack up'", dir), ignoreMissing(err))
	}
	audit := dir.path(vaultAudit)
	if state.Raft {
		audit = dir.path(vaultNodeName(0), vaultNodeAudit)
	}
	ca := dir.path(caCert)
	if state.Given != nil {
		audit, ca = "", state.Given.CACert
	}
	variables := []variable{
		{"KUBECONFIG", dir.path(kubeconfig)},
		{"VAULT_ADDR", state.VaultAddress},
		{"VAULT_CACERT", ca},
		{stateVariable, string(dir)},
		{"VAULTSEAL_STACK_ROOT_TOKEN", state.RootToken},
		{"VAULTSEAL_STACK_KUBE_AUDIT", dir.path(kubeAudit)},
		{"VAULTSEAL_STACK_VAULT_AUDIT", audit},
		{"VAULTSEAL_STACK_BIN", dir.path(binDir)},
	}
	if state.Given != nil {
		variables = append(variables, variable{"VAULTSEAL_STACK_VAULT_GIVEN", "true"})
	}
	if !state.Bare {
		variables = append(variables, variable{"VAULTSEAL_TRANSIT_KEY", transitMount + "/" + derivedKey})
	}
	if state.Raft {
		variables = append(variables, variable{"VAULTSEAL_STACK_VAULT_NODES", dir.path(clusterFile)})
	}
	if state.Node {
		variables = append(variables, variable{"VAULTSEAL_STACK_NODE", dir.path(nodeFile)})
	}
	return variables, nil
}

// printEnv writes one export line a variable, for a POSIX shell to evaluate.
func printEnv(w io.Writer, repo repository, dir stateDir) error {
	variables, err := environment(dir)
	if err != nil {
		return err
	}
	for _, v := range variables {
		if _, err := fmt.Fprintf(w, "export %s=%s\n", v.name, shellQuote(v.value)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "export PATH=%s:\"$PATH\"\n", shellQuote(searchPath(repo, dir)))
	return err
}

// shellQuote makes one word of a POSIX shell from s, whatever s holds.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
