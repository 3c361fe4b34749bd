package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// stack is the running local stack, as its environment describes it.
type stack struct {
	kubeconfig, vaultAddr, vaultCACert string
	rootToken                          string
	kubeAudit, vaultAudit              string // paths of the audit logs
	bin                                string // directory of the servers' programs
}

func stackFromEnvironment() (stack, error) {
	var s stack
	var missing []string
	for name, value := range map[string]*string{
		"KUBECONFIG":                  &s.kubeconfig,
		"VAULT_ADDR":                  &s.vaultAddr,
		"VAULT_CACERT":                &s.vaultCACert,
		"VAULTSEAL_STACK_ROOT_TOKEN":  &s.rootToken,
		"VAULTSEAL_STACK_KUBE_AUDIT":  &s.kubeAudit,
		"VAULTSEAL_STACK_VAULT_AUDIT": &s.vaultAudit,
		"VAULTSEAL_STACK_BIN":         &s.bin,
	} {
		if *value = os.Getenv(name); *value == "" {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		return s, fmt.Errorf("no local stack: %s not set; run it with 'make bench'", strings.Join(missing, ", "))
	}
	return s, nil
}
