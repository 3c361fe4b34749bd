package test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// callCommands read more of the audit logs, from the script's mark on.
//
//	tokenrequests            stdout: the TokenRequests for $NS's ServiceAccounts, "NAME AUDIENCES SECONDS" a line
//	keycalls KEY             stdout: what anyone but Vault's root asked of transit/…/KEY, "ACCOUNT OPERATION PATH"
//	                         a line; ACCOUNT is - for a token that no login made
func callCommands() map[string]command {
	return map[string]command{"tokenrequests": runTokenRequests, "keycalls": runKeyCalls}
}

// tokenRequestEvent is the part of the API server's audit log about TokenRequests.
type tokenRequestEvent struct {
	kubeEvent

	RequestObject json.RawMessage `json:"requestObject"`
}

func runTokenRequests(ts *testscript.TestScript, _ bool, _ []string) {
	events, err := eventsSince[tokenRequestEvent](theStack.kubeAudit, ts.Value(markKey{}).(*marks).kube)
	ts.Check(err)
	var requests []string
	for _, e := range events {
		if e.Stage != "ResponseComplete" || e.ObjectRef.Namespace != ts.Getenv("NS") ||
			e.ObjectRef.Subresource != "token" {
			continue
		}
		var request struct {
			Spec struct {
				Audiences         []string `json:"audiences"`
				ExpirationSeconds int      `json:"expirationSeconds"`
			} `json:"spec"`
		}
		ts.Check(json.Unmarshal(e.RequestObject, &request))
		requests = append(requests, fmt.Sprint(e.ObjectRef.Name, " ", request.Spec.Audiences, " ",
			request.Spec.ExpirationSeconds))
	}
	fmt.Fprintln(ts.Stdout(), strings.Join(requests, "\n"))
}

func vaultEventsSinceMark(ts *testscript.TestScript) []vaultEvent {
	events, err := eventsSince[vaultEvent](theStack.vaultAudit, ts.Value(markKey{}).(*marks).vault)
	ts.Check(err)
	return events
}

func runKeyCalls(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: keycalls KEY")
	}
	var calls []string
	for _, e := range vaultEventsSinceMark(ts) {
		path := strings.Split(e.Request.Path, "/")
		if e.Type != "response" || path[0] != "transit" || len(path) < 3 || path[2] != args[0] ||
			e.Auth.DisplayName == "root" {
			continue
		}
		account := "-"
		if e.Auth.Metadata.Name != "" {
			account = e.Auth.Metadata.Name
		}
		calls = append(calls, account+" "+e.Request.Operation+" "+e.Request.Path)
	}
	fmt.Fprintln(ts.Stdout(), strings.Join(calls, "\n"))
}
