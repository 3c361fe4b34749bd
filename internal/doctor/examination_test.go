package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestAllIsWell(t *testing.T) {
	x := newExamined()
	want(t, x.checks(t), nil)
	if x.vault.logins != 1 || x.vault.revokes != 1 {
		t.Errorf("%d logins, %d revoked", x.vault.logins, x.vault.revokes)
	}
}

func TestOrderIsThatOfTheChain(t *testing.T) {
	for part, order := range map[config.Part]string{
		config.Sealer: "api-server may-use-secrets configuration service-account-token vault-address " +
			"vault-certificate vault-status proxies clock vault-login role-audience " +
			"capabilities may-encrypt may-decrypt may-rewrap may-read-key may-revoke transit-key round-trip",
		config.Rotator: "api-server may-use-secrets configuration service-account-token vault-address " +
			"vault-certificate vault-status proxies clock vault-login role-audience " +
			"capabilities may-rewrap may-read-key may-rotate may-revoke least-privilege transit-key",
	} {
		x := newExamined()
		x.part = part
		diagnosis, err := x.run(t)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, check := range diagnosis.Checks {
			ids = append(ids, string(check.ID))
		}
		if got := strings.Join(ids, " "); got != order {
			t.Errorf("got  %s\nwant %s", got, order)
		}
	}
}

// TestTokensAreMintedOnce: the command logs in with the token that it checked.
func TestTokensAreMintedOnce(t *testing.T) {
	x := newExamined()
	x.checks(t)
	if len(x.vault.jwts) != 1 || !strings.Contains(x.cluster[tokenPath], x.vault.jwts[0]) {
		t.Errorf("logged in with %d tokens", len(x.vault.jwts))
	}
}

func TestDiagnosisForMachines(t *testing.T) {
	x := newExamined()
	x.vault.keyErr = transit.ErrKeyNotFound
	diagnosis, err := x.run(t)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(diagnosis)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"kind":"Diagnosis","apiVersion":"vaultseal.dev/v1alpha1","namespace":"team-a"`,
		`{"id":"transit-key","status":"failed","summary":"transit key not found","hint":"`,
		`{"id":"round-trip","status":"skipped","summary":"not checked: it needs a transit key that can seal"}`,
	} {
		contains(t, string(text), part)
	}
}

func TestDenied(t *testing.T) {
	denied, broken := Check{Status: Failed, problems: []error{transit.ErrDenied}},
		Check{Status: Failed, problems: []error{transit.ErrSealed}}
	for name, c := range map[string]struct {
		checks []Check
		want   bool
	}{
		"nothing": {[]Check{{Status: OK}, {Status: Warning}}, false},
		"denied": {[]Check{denied, {Status: Failed, problems: []error{transit.ErrUnauthenticated}}, {Status: Warning},
			{Status: Skipped}}, true},
		"both": {[]Check{denied, broken}, false},
	} {
		if got := (&Diagnosis{Checks: c.checks}).Denied(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestInterrupted: the remaining checks do not run, and the Vault token is revoked.
func TestInterrupted(t *testing.T) {
	x := newExamined()
	ctx, cancel := context.WithCancel(t.Context())
	x.ctx = ctx
	x.vault.onLogin = cancel
	diagnosis, err := x.run(t)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if last := diagnosis.Checks[len(diagnosis.Checks)-1]; last.ID != VaultLogin {
		t.Errorf("went on to %s", last.ID)
	}
	if x.vault.revokes != 1 {
		t.Error("not revoked")
	}
}

func TestUnrevoked(t *testing.T) {
	x := newExamined()
	x.vault.closeErr = transit.ErrDenied
	diagnosis, err := x.run(t)
	if err != nil || !errors.Is(diagnosis.Unrevoked, transit.ErrDenied) {
		t.Errorf("%v, %v", err, diagnosis.Unrevoked)
	}
}

func TestBrokenAPIServer(t *testing.T) {
	rest := map[ID]Status{
		APIServer: Failed, SecretRights: Skipped, Configuration: Warning, AccountToken: Skipped, VaultLogin: Skipped,
		Capabilities: Skipped,
		MayEncrypt:   Skipped, MayDecrypt: Skipped, MayRewrap: Skipped, MayReadKey: Skipped, MayRevoke: Skipped,
		TransitKey: Skipped, RoundTrip: Skipped,
	}
	x := newExamined()
	x.connectErr = errors.New("no kubeconfig")
	checks := x.checks(t)
	rest[Proxies] = Skipped // the address is not known
	want(t, checks, rest)
	delete(rest, Proxies)
	contains(t, checks[Configuration].Summary, "ConfigMap vaultseal-system/vaultseal could not be read")
	if x.vault.logins != 0 {
		t.Error("logged in")
	}

	x = newExamined()
	x.cluster[versionPath] = unauthorized
	diagnosis, err := x.run(t)
	if err != nil || !diagnosis.Denied() {
		t.Errorf("%v, %+v", err, diagnosis.Checks[0])
	}
	x.cluster[versionPath] = `<html>`
	want(t, x.checks(t), rest)
	delete(x.cluster, versionPath)
	checks = x.checks(t)
	want(t, checks, rest)
	contains(t, checks[APIServer].Summary, "no API server of Kubernetes at https://127.0.0.1")
}
