package test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilversion "k8s.io/apimachinery/pkg/util/version"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
)

// TestScripts runs every script in scripts/. Each owns a namespace, $NS, and
// two transit keys of Vault: $KEY, as the Python tool uses it, and $DERIVED.
// The configuration a user would have is in its environment: KUBECONFIG (of an
// administrator, in $NS), VAULT_ADDR, VAULT_CACERT and
// VAULTSEAL_TRANSIT_KEY=transit/$DERIVED. $KUBERNETES_VERSION is the API server's, as
// it says itself. The condition [env-files] holds if that API server takes variables from files.
// $SERVER_PRODUCT is Vault, or OpenBao if such a server is given, and $SERVER_VERSION its version. The condition
// [tested-server] holds if that version was tested. commands_test.go has the commands.
func TestScripts(t *testing.T) {
	scripts, err := theStack.scripts()
	check(t, err)
	slices.SortStableFunc(scripts, func(a, b string) int { return waitingFirst(a) - waitingFirst(b) })
	testscript.Run(t, testscript.Params{
		Files:               scripts,
		Setup:               setUp,
		Cmds:                commands(),
		Condition:           scriptCondition,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// waitingFirst orders scripts: those that wait the longest, for timeouts and until tokens lapse, begin first, so that
// the others run meanwhile.
func waitingFirst(script string) int {
	switch strings.TrimSuffix(filepath.Base(script), ".txtar") {
	case "badvaultaddress", "doctor-rights", "leaks-failing", "redirect", "rotate-onecause", "setup-remove-gateway",
		"tokens-lapse10s", "tokens-lapse1s":
		return 0
	}
	return 1
}

// scriptCondition is about the conditions of scripts. Kubernetes 1.34 has variables from files too, and off: its API
// server refuses manifests with them.
func scriptCondition(condition string) (bool, error) {
	switch condition {
	case "env-files":
	case "tested-server":
		return compatibility.Product(theStack.product).Covers(theStack.vault), nil
	default:
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	version, err := utilversion.ParseGeneric(theStack.kubernetes)
	return err == nil && version.AtLeast(utilversion.MustParseGeneric("1.35")), err
}

func setUp(env *testscript.Env) error {
	name := newName()
	if err := theStack.addNamespace(name); err != nil {
		return err
	}
	env.Defer(func() { theStack.dropNamespace(name) })
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
	repository, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	tools := strings.Join([]string{env.Getenv("PATH"), filepath.Join(repository, "bin/rendering"),
		filepath.Join(repository, "bin/monitoring")}, string(filepath.ListSeparator))
	for variable, value := range map[string]string{
		"PATH":       tools,
		"REPOSITORY": repository,
		"NS":         name, "KEY": name, "DERIVED": name + "-derived",
		"KUBECONFIG": kubeconfig, "VAULT_ADDR": theStack.vaultAddr, "VAULT_CACERT": theStack.vaultCA,
		"VAULTSEAL_TRANSIT_KEY": "transit/" + name + "-derived",
		"STACK_BIN":             theStack.bin, "STACK_DIR": theStack.dir, "KUBERNETES_VERSION": theStack.kubernetes,
		"SERVER_PRODUCT": theStack.product, "SERVER_VERSION": theStack.vault,
		"HOME": env.WorkDir, "GORACE": raceOptions,
	} {
		env.Setenv(variable, value)
	}
	return addValues(env)
}

// addValues gives a script what its commands remember of it.
func addValues(env *testscript.Env) error {
	at, err := newMarks()
	env.Values[markKey{}] = at
	env.Values[proxiesKey{}] = &proxies{}
	env.Values[trapKey{}] = &trap{}
	env.Values[memoryKey{}] = &memory{}
	return err
}

// addNamespace makes a namespace with the ServiceAccount that a sealer uses.
// There is no controller manager to make any.
func (s stack) addNamespace(name string) error {
	core, err := s.core()
	if err != nil {
		return err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := core.Namespaces().Create(context.Background(), namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "vaultseal"}}
	_, err = core.ServiceAccounts(name).Create(context.Background(), account, metav1.CreateOptions{})
	return err
}

// dropNamespace lets a namespace go that a test is done with.
func (s stack) dropNamespace(name string) {
	if core, err := s.core(); err == nil {
		_ = core.Namespaces().Delete(context.Background(), name, metav1.DeleteOptions{})
	}
}

// kubeconfigFor writes the administrator's kubeconfig with another namespace.
func (s stack) kubeconfigFor(path, namespace string) error {
	config, err := clientcmd.LoadFromFile(s.kubeconfig)
	if err != nil {
		return err
	}
	config.Contexts[config.CurrentContext].Namespace = namespace
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("kubeconfig for %s: %w", namespace, err)
	}
	return nil
}
