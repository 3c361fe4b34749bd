package main

import (
	"context"
	"fmt"
)

// requestTotals counts what one run asks of the servers, where a list would be too long.
type requestTotals struct {
	Kubernetes int `json:"kubernetes"`
	Vault      int `json:"vault"`
	Logins     int `json:"logins"`  // among those to Vault
	Refused    int `json:"refused"` // by Vault, so that they were sent again
}

func readTotals(ctx context.Context, logs auditLogs, agent string) (requestTotals, error) {
	var totals requestTotals
	err := logs.eachOf(ctx, agent, func(kubeEvent) { totals.Kubernetes++ }, totals.addVault)
	if err == nil && totals == (requestTotals{}) {
		err = fmt.Errorf("the audit logs know no client %s", agent)
	}
	return totals, err
}

func (t *requestTotals) addVault(e vaultEvent) {
	switch {
	case e.isRequest() && e.isLogin():
		t.Logins++
		t.Vault++
	case e.isRequest():
		t.Vault++
	case e.isRefusal():
		t.Refused++
	}
}

// Parts of the most that a rotation may ask of Vault.
const (
	requestsPerLogin = 2 // with its revocation
	requestsPerKey   = 3 // read, rotate, read again
	entriesOfRewrap  = 500
)

// vaultBound is the most requests that a rotation of entries under one key may send to
// Vault, given its logins and what was refused.
func (t requestTotals) vaultBound(entries int) int {
	rewraps := (entries + entriesOfRewrap - 1) / entriesOfRewrap
	return requestsPerLogin*t.Logins + requestsPerKey + rewraps + t.Refused
}
