package test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/tools/clientcmd"
)

// checkBrokenDiagnosis runs each doctor that a script expects to fail with --redact before, for people and for
// machines: the report begins with a cause, and no name of the script is in it.
func checkBrokenDiagnosis(ts *testscript.TestScript, code string, args []string) {
	if len(args) == 0 || args[0] != "doctor" || code != "1" && code != "4" || slices.Contains(args, "-o") {
		return
	}
	secret := secretNames(ts, args[1:])
	for _, format := range []string{"", "json"} {
		with := append(slices.Clone(args), "--redact")
		if format != "" {
			with = append(with, "-o", format)
		}
		if err := ts.Exec("kubectl-vaultseal", with...); err == nil {
			ts.Fatalf("kubectl vaultseal %s succeeds", strings.Join(with, " "))
		}
		report := ts.ReadFile("stdout")
		if format == "" && !strings.HasPrefix(report, "✗ ") && !strings.HasPrefix(report, "! ") {
			ts.Fatalf("the report does not begin with a cause:\n%s", report)
		}
		if format == "json" && !json.Valid([]byte(report)) {
			ts.Fatalf("this is not JSON:\n%s", report)
		}
		for _, name := range secret {
			for _, text := range []string{report, ts.ReadFile("stderr")} {
				if strings.Contains(text, name) {
					ts.Fatalf("%q is in the report of kubectl vaultseal %s:\n%s", name, strings.Join(with, " "), text)
				}
			}
		}
		if strings.Contains(report, "%!") {
			ts.Fatalf("a value is formatted wrongly:\n%s", report)
		}
	}
}

// secretNames are names and addresses of a script that no stranger should see: of its namespace, which is part of most
// others, of its files and servers, of its kubeconfig, and what the flags say.
func secretNames(ts *testscript.TestScript, args []string) (secret []string) {
	usual := []string{"vaultseal", "kubernetes", "jwt", "token", "true", "human"} // in every report, or no name
	add := func(name string) {
		if len(name) > 3 && !slices.Contains(usual, name) {
			secret = append(secret, name)
		}
	}
	for _, name := range []string{"127.0.0.1", ".example", ".invalid", "CN=", ts.Getenv("NS"), ts.Getenv("WORK"),
		ts.Getenv("VAULT_ROLE"), ts.Getenv("USER")} {
		add(name)
	}
	for n, arg := range args {
		flag, value, joined := strings.Cut(arg, "=")
		switch {
		case strings.HasPrefix(flag, "-") && joined:
			add(value)
		case !strings.HasPrefix(arg, "-") && n > 0 && args[n-1] != "--workload":
			add(arg)
		}
	}
	if address, err := url.Parse(ts.Getenv("VAULT_ADDR")); err == nil {
		add(address.Host)
	}
	kubeconfig, err := clientcmd.LoadFromFile(ts.Getenv("KUBECONFIG"))
	if err != nil {
		return secret // the script has broken it
	}
	for name, cluster := range kubeconfig.Clusters {
		add(name)
		add(cluster.Server)
	}
	for name := range kubeconfig.Contexts {
		add(name)
	}
	for name := range kubeconfig.AuthInfos {
		add(name)
	}
	return secret
}
