package doctor

import (
	"maps"
	"testing"
)

// behind is what is skipped when a fact is missing.
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
	contains(t, checks[Configuration].Hint, "VAULT_ADDR")
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
	contains(t, checks[Configuration].Hint, "--vault-addr")
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
	contains(t, checks[Configuration].Hint, "kubectl create role")

	flags := maps.Clone(x.flags)
	delete(x.flags, "transit-key")
	checks = x.checks(t)
	contains(t, checks[Configuration].Summary, "missing configuration: transit key; the ConfigMap vaultseal-system/vaultseal may not be read")
	contains(t, checks[Configuration].Hint, "--transit-key")
	contains(t, checks[Configuration].Hint, "kubectl create role")

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
	contains(t, check.Hint, "kubectl vaultseal config view")
}
