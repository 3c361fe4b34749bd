package doctor

import (
	"maps"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// behind are the checks that are skipped without a fact.
func behind(first Status, ids ...ID) map[ID]Status {
	statuses := map[ID]Status{}
	for _, id := range ids {
		statuses[id] = Skipped
	}
	statuses[Configuration] = first
	return statuses
}

func TestMissingAddress(t *testing.T) {
	x := newExamined()
	delete(x.flags, "vault-addr")
	checks := x.checks(t)
	want(t, checks, behind(Failed, VaultAddress, VaultCertificate, VaultStatus, VaultLogin, Capabilities,
		MayEncrypt, MayDecrypt, MayRewrap, MayReadKey, MayRevoke, TransitKey, RoundTrip))
	missing := problem[*config.MissingError](t, checks[Configuration])
	if len(missing.Settings) != 1 || missing.Settings[0].Env != "VAULT_ADDR" {
		t.Errorf("%+v", missing)
	}
}

func TestMissingKey(t *testing.T) {
	x := newExamined()
	delete(x.flags, "transit-key")
	want(t, x.checks(t), behind(Failed, MayEncrypt, MayDecrypt, MayRewrap, MayReadKey, TransitKey, RoundTrip))
	if len(x.vault.sealed) != 0 {
		t.Error("something was sealed")
	}
}

func TestContradiction(t *testing.T) {
	x := newExamined()
	delete(x.flags, "vault-addr")
	x.env["VAULT_ADDR"] = "https://one.example"
	x.cluster[configMapPath] = `{"kind":"ConfigMap","apiVersion":"v1","data":{"vault-addr":"https://two.example"}}`
	checks := x.checks(t)
	want(t, checks, behind(Failed, AccountToken, VaultAddress, VaultCertificate, VaultStatus, VaultLogin, Capabilities,
		MayEncrypt, MayDecrypt, MayRewrap, MayReadKey, MayRevoke, TransitKey, RoundTrip))
	if conflict := problem[*config.ConflictError](t, checks[Configuration]); conflict.Setting.Flag != "vault-addr" {
		t.Errorf("%+v", conflict)
	}
}

func TestConfigMapIsASource(t *testing.T) {
	x := newExamined()
	x.flags = nil
	x.cluster[configMapPath] = `{"kind":"ConfigMap","apiVersion":"v1","data":{"vault-addr":"https://two.example","transit-key":"transit/ns-{namespace}"}}`
	checks := x.checks(t)
	want(t, checks, nil)
	contains(t, checks[Configuration].Summary, "Vault https://two.example (ConfigMap key vault-addr)")
	contains(t, checks[Configuration].Summary, "role vaultseal (default), the system's CAs")
	contains(t, checks[MayEncrypt].Summary, "transit/encrypt/ns-team-a")
}

func TestForbiddenConfigMap(t *testing.T) {
	x := newExamined()
	x.cluster[configMapPath] = forbidden
	checks := x.checks(t)
	want(t, checks, map[ID]Status{Configuration: Warning})
	_ = problem[*ConfigMapError](t, checks[Configuration])

	flags := maps.Clone(x.flags)
	delete(x.flags, "transit-key")
	checks = x.checks(t)
	contains(t, checks[Configuration].Summary, "missing configuration: transit key; no right to read the "+
		"ConfigMap vaultseal-system/vaultseal")
	if missing := problem[*config.MissingError](t, checks[Configuration]); len(missing.Settings) != 1 ||
		missing.Settings[0].Flag != "transit-key" {
		t.Errorf("%+v", missing)
	}
	if unread := problem[*ConfigMapError](t, checks[Configuration]); !unread.Forbidden ||
		unread.Namespace != "vaultseal-system" {
		t.Errorf("%+v", unread)
	}

	x.flags = nil // the API server answers so to users without rights if there is no ConfigMap, too
	if unset := problem[*NotSetUpError](t, x.checks(t)[Configuration]); !unset.Forbidden ||
		unset.Namespace != "vaultseal-system" {
		t.Errorf("%+v", unset)
	}

	x.flags, x.cluster[configMapPath] = flags, `broken`
	if check := x.checks(t)[Configuration]; check.Status != Failed {
		t.Errorf("%+v", check)
	}
}

func TestMeaninglessValue(t *testing.T) {
	x := newExamined()
	x.flags["transit-key"] = "transit/../sys"
	check := x.checks(t)[Configuration]
	if check.Status != Failed {
		t.Errorf("%+v", check)
	}
	_ = problem[*ConfigurationError](t, check)
}
