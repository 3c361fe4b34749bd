package test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// policyCommands play accounts of Vault, without any code of the plugin's.
//
//	loginas VAR NAMESPACE/ACCOUNT MOUNT ROLE   $VAR is a Vault token that the account gets; ! loginas: it gets none
//	allowed TOKEN METHOD PATH [JSON]           Vault does as asked, or refuses for another reason than the policy
//	denied TOKEN METHOD PATH [JSON]            the policy does not allow it
//	vaulttoken VAR POLICY                      $VAR is a Vault token with that policy only
//	podof CRONJOB FILE                         write the pod that a CronJob's manifest makes
//	contextof VAR TEXT                         $VAR is the text as Transit takes a context
func policyCommands() map[string]command {
	return map[string]command{
		"loginas":    runLoginAs,
		"vaulttoken": runVaultToken,
		"podof":      runPodOf,
		"contextof": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Setenv(args[0], base64.StdEncoding.EncodeToString([]byte(args[1])))
		},
		"allowed": func(ts *testscript.TestScript, _ bool, args []string) { checkPolicy(ts, false, args) },
		"denied":  func(ts *testscript.TestScript, _ bool, args []string) { checkPolicy(ts, true, args) },
	}
}

func runLoginAs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: loginas VAR NAMESPACE/ACCOUNT MOUNT ROLE")
	}
	namespace, account, _ := strings.Cut(args[1], "/")
	jwt, err := theStack.kubectl("", "create", "token", account, "--namespace", namespace, "--audience", "vault")
	ts.Check(err)
	body := mustJSON(map[string]string{"role": args[3], "jwt": strings.TrimSpace(jwt)})
	ended := handmade.timedIn(namespace, ts.Name()+": loginas")
	token, err := theStack.vaultLogin(context.Background(), "auth/"+args[2]+"/login", body)
	ended()
	if neg != (err != nil) {
		ts.Fatalf("log in as %s with role %s: %v", args[1], args[3], err)
	}
	ts.Setenv(args[0], token)
}

func checkPolicy(ts *testscript.TestScript, denied bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: allowed|denied TOKEN METHOD PATH [JSON]")
	}
	as := theStack
	as.rootToken = args[0]
	_, err := as.vaultRequest(context.Background(), args[1], args[2], []byte(strings.Join(args[3:], " ")))
	refused := err != nil && strings.Contains(err.Error(), "permission denied")
	if refused != denied {
		ts.Fatalf("%s %s: %v; want it denied: %t", args[1], args[2], err, denied)
	}
}

func runVaultToken(ts *testscript.TestScript, _ bool, args []string) {
	body := mustJSON(map[string]any{"policies": []string{args[1]}, "no_default_policy": true, "ttl": "1h"})
	answer, err := theStack.vaultRequest(context.Background(), "POST", "auth/token/create", body)
	ts.Check(err)
	token, err := tokenIn(answer)
	ts.Check(err)
	ts.Setenv(args[0], token)
}

func runPodOf(ts *testscript.TestScript, _ bool, args []string) {
	var cronJob struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec map[string]any `json:"spec"`
					} `json:"template"`
				} `json:"spec"`
			} `json:"jobTemplate"`
		} `json:"spec"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &cronJob))
	pod := map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "rotate"},
		"spec": cronJob.Spec.JobTemplate.Spec.Template.Spec,
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), mustJSON(pod), 0o600))
}
