package test

import (
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// userCommands change who asks the API server.
//
//	asuser NAME RULE…        a new user, who may do in $NS just what the rules say, each "VERBS RESOURCES
//	                         [NAMES]" as in 'get,patch secrets'; $KUBECONFIG is the user's from here on
//	asadmin                  the administrator again
func userCommands() map[string]command {
	return map[string]command{"asuser": runAsUser, "asadmin": runAsAdmin}
}

func runAsUser(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: asuser NAME RULE…")
	}
	name, namespace := args[0], ts.Getenv("NS")
	role := map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
		"metadata": map[string]any{"name": name}, "rules": rules(ts, args[1:]),
	}
	account := namespace + ":" + name
	administer(ts, "", "create", "serviceaccount", name)
	administer(ts, string(mustJSON(role)), "create", "-f", "-")
	administer(ts, "", "create", "rolebinding", name, "--role", name, "--serviceaccount", account)
	token := strings.TrimSpace(administer(ts, "", "create", "token", name))

	kubeconfig := ts.MkAbs(".kubeconfig-" + name)
	ts.Check(theStack.kubeconfigFor(kubeconfig, namespace))
	administer(ts, "", "config", "set-credentials", name, "--token", token, "--kubeconfig", kubeconfig)
	administer(ts, "", "config", "set-context", "--current", "--user", name, "--kubeconfig", kubeconfig)
	ts.Setenv("KUBECONFIG", kubeconfig)
}

func rules(ts *testscript.TestScript, args []string) []map[string]any {
	rules := make([]map[string]any, len(args))
	for i, arg := range args {
		words := strings.Fields(arg)
		if len(words) < 2 || len(words) > 3 {
			ts.Fatalf("rule %q: want VERBS RESOURCES [NAMES]", arg)
		}
		rules[i] = map[string]any{
			"apiGroups": []string{""},
			"verbs":     strings.Split(words[0], ","),
			"resources": strings.Split(words[1], ","),
		}
		if len(words) == 3 {
			rules[i]["resourceNames"] = strings.Split(words[2], ",")
		}
	}
	return rules
}

func runAsAdmin(ts *testscript.TestScript, _ bool, _ []string) {
	kubeconfig := ts.MkAbs(".kubeconfig")
	_, err := os.Stat(kubeconfig)
	ts.Check(err)
	ts.Setenv("KUBECONFIG", kubeconfig)
}

// administer runs kubectl as the administrator in the script's namespace.
func administer(ts *testscript.TestScript, stdin string, args ...string) string {
	out, err := theStack.kubectl(stdin, append([]string{"--namespace", ts.Getenv("NS")}, args...)...)
	ts.Check(err)
	return out
}
