package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// TestFresh runs the scripts in fresh/ one after the other. They need a stack without anything of vaultseal's,
// which make test-setup gives them, and have no namespace of their own: each begins as the administrator in
// namespace default.
//
//	account NAME NAMESPACE/ACCOUNT   $KUBECONFIG is that ServiceAccount's from here on, which is made if it must be
//	admin                            the administrator again
func TestFresh(t *testing.T) { runFresh(t, "fresh") }

// TestFreshEnforce runs freshenforce/, which sets up the default installation too: on a stack of its own.
func TestFreshEnforce(t *testing.T) { runFresh(t, "freshenforce") }

func runFresh(t *testing.T, dir string) {
	t.Helper()
	if os.Getenv("VAULTSEAL_TRANSIT_KEY") != "" {
		t.Fatal("this stack is configured: run these tests with make test-setup")
	}
	all := commands()
	all["account"], all["admin"] = runAccount, runAdmin
	testscript.Run(t, testscript.Params{
		Dir: dir, Setup: setUpFresh, Cmds: all, RequireExplicitExec: true, RequireUniqueNames: true,
	})
}

func setUpFresh(env *testscript.Env) error {
	kubeconfig := filepath.Join(env.WorkDir, ".kubeconfig")
	if err := theStack.kubeconfigFor(kubeconfig, "default"); err != nil {
		return err
	}
	for variable, value := range map[string]string{
		"KUBECONFIG": kubeconfig, "VAULT_ADDR": theStack.vaultAddr, "VAULT_CACERT": theStack.vaultCA,
		"STACK_BIN": theStack.bin, "STACK_DIR": theStack.dir, "HOME": env.WorkDir, "GORACE": raceOptions,
	} {
		env.Setenv(variable, value)
	}
	return addValues(env)
}

func runAccount(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: account NAME NAMESPACE/ACCOUNT")
	}
	namespace, account, _ := strings.Cut(args[1], "/")
	if _, err := theStack.kubectl("", "get", "serviceaccount", account, "--namespace", namespace); err != nil {
		_, err := theStack.kubectl("", "create", "serviceaccount", account, "--namespace", namespace)
		ts.Check(err)
	}
	token, err := theStack.kubectl("", "create", "token", account, "--namespace", namespace)
	ts.Check(err)
	config, err := clientcmd.LoadFromFile(theStack.kubeconfig)
	ts.Check(err)
	for user := range config.AuthInfos {
		config.AuthInfos[user] = &clientcmdapi.AuthInfo{Token: strings.TrimSpace(token)}
	}
	config.Contexts[config.CurrentContext].Namespace = "default"
	path := ts.MkAbs(".kubeconfig-" + args[0])
	ts.Check(clientcmd.WriteToFile(*config, path))
	ts.Setenv("KUBECONFIG", path)
}

func runAdmin(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Setenv("KUBECONFIG", ts.MkAbs(".kubeconfig"))
}
