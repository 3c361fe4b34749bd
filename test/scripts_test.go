package test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs every script in scripts/. Each owns a namespace, $NS, and
// two transit keys of Vault: $KEY, as the Python tool uses it, and $DERIVED.
// The configuration a user would have is in its environment: KUBECONFIG (of an
// administrator, in $NS), VAULT_ADDR, VAULT_CACERT and
// VAULTSEAL_TRANSIT_KEY=transit/$DERIVED. commands_test.go has the commands.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "scripts",
		Setup:               setUp,
		Cmds:                commands(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

func setUp(env *testscript.Env) error {
	name := "t-" + strings.ToLower(rand.Text()[:10])
	if err := theStack.addNamespace(name); err != nil {
		return err
	}
	env.Defer(func() { _, _ = theStack.kubectl("", "delete", "namespace", name, "--wait=false") })
	for key, derived := range map[string]bool{name: false, name + "-derived": true} {
		body := mustJSON(map[string]any{"type": "aes256-gcm96", "derived": derived})
		if _, err := theStack.vaultRequest(context.Background(), "POST", "transit/keys/"+key, body); err != nil {
			return err
		}
	}
	kubeconfig := filepath.Join(env.WorkDir, ".kubeconfig")
	if err := theStack.kubeconfigFor(kubeconfig, name); err != nil {
		return err
	}
	for variable, value := range map[string]string{
		"NS": name, "KEY": name, "DERIVED": name + "-derived",
		"KUBECONFIG": kubeconfig, "VAULT_ADDR": theStack.vaultAddr, "VAULT_CACERT": theStack.vaultCA,
		"VAULTSEAL_TRANSIT_KEY": "transit/" + name + "-derived",
		"STACK_BIN":             theStack.bin, "STACK_DIR": theStack.dir,
		"HOME": env.WorkDir,
	} {
		env.Setenv(variable, value)
	}
	env.Values[markKey{}] = &marks{}
	env.Values[proxiesKey{}] = &proxies{}
	env.Values[trapKey{}] = &trap{}
	env.Values[memoryKey{}] = &memory{}
	return nil
}

// addNamespace makes a namespace with the ServiceAccount that a sealer uses.
// There is no controller manager to make any.
func (s stack) addNamespace(name string) error {
	if _, err := s.kubectl("", "create", "namespace", name); err != nil {
		return err
	}
	_, err := s.kubectl("", "-n", name, "create", "serviceaccount", "vaultseal")
	return err
}

// kubeconfigFor writes the administrator's kubeconfig with another namespace.
func (s stack) kubeconfigFor(path, namespace string) error {
	text, err := os.ReadFile(s.kubeconfig)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	_, err = s.kubectl("", "--kubeconfig", path, "config", "set-context", "--current", "--namespace", namespace)
	if err != nil {
		return fmt.Errorf("kubeconfig for %s: %w", namespace, err)
	}
	return nil
}
