package setup

import (
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestScriptReplacesNothingThatItCannotRead: keys at a URL could be there.
func TestScriptReplacesNothingThatItCannotRead(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	i.Method, i.Unsaid.KeySource = transit.MethodJWT, true
	script := "vault() { if [ \"$*\" = 'read auth/kubernetes/config' ]; then echo 'permission denied' >&2; return 2; " +
		"fi; command vault \"$@\"; }\n" + printed(t, i)
	got, failure := record(t, script, nil)
	if !strings.Contains(failure, "error: vault path auth/kubernetes/config cannot be read\nhint: ") {
		t.Errorf("it says %q", failure)
	}
	if strings.Contains(got, "write auth/kubernetes/config") {
		t.Errorf("it writes %s", got)
	}
}

// TestScriptKeepsTheSourceOfSigningKeys: the script decides by what Vault has when it runs, as setup does.
func TestScriptKeepsTheSourceOfSigningKeys(t *testing.T) {
	const (
		url       = "https://issuer.example/keys?a=$(touch pwned)`touch pwned`&b"
		asked     = "read -format=json -field=%s auth/kubernetes/config"
		mark      = "read -format=table -field=description sys/auth/kubernetes"
		written   = "vault write auth/kubernetes/config -\n"
		keys      = `"jwt_validation_pubkeys"`
		theirs    = `"https://issuer.example/keys"`
		certified = `"-----BEGIN CERTIFICATE-----\n$(touch pwned)\n-----END CERTIFICATE-----\n"`
	)
	field := func(name string) string { return strings.Replace(asked, "%s", name, 1) }
	owned := map[string]string{mark: markWords + ownUID}
	with := func(answers ...string) map[string]string {
		all := map[string]string{mark: owned[mark]}
		for n := 0; n < len(answers); n += 2 {
			all[answers[n]] = answers[n+1]
		}
		return all
	}
	source := signingkeys.Source{Parameter: signingkeys.JWKS, URL: url}
	for name, test := range map[string]struct {
		source  signingkeys.Source
		given   bool
		replace bool
		answers map[string]string
		want    string // a part of what is written; empty: nothing is
	}{
		"nothing there":       {answers: with(), want: keys},
		"static keys":         {answers: with(field("jwt_validation_pubkeys"), `["OLD"]`), want: keys},
		"a URL":               {answers: with(field("jwks_url"), theirs)},
		"an issuer":           {answers: with(field("oidc_discovery_url"), theirs)},
		"several URLs":        {answers: with(field("jwks_pairs"), `[{"jwks_url": "a"}]`)},
		"a URL, replacing":    {replace: true, answers: with(field("jwks_url"), theirs)},
		"another's, replaced": {replace: true, answers: map[string]string{mark: markWords + otherUID, field("jwks_url"): theirs}, want: keys},
		"unmarked, replaced":  {replace: true, answers: map[string]string{field("jwks_url"): theirs}, want: keys},
		"a flag":              {source: source, given: true, answers: with(), want: `"jwks_url": "https://issuer.example/keys?a=\u0024(touch`},
		"a flag, other URL": {source: source, given: true, answers: with(field("jwks_url"), theirs, field("jwks_ca_pem"),
			certified), want: `"jwks_ca_pem": ""`},
		"a flag, same URL": {source: source, given: true, answers: with(field("jwks_url"), asJSON(url), field("jwks_ca_pem"),
			certified), want: `"jwks_ca_pem": ` + certified},
		"a flag, its own URL, unmarked": {source: source, given: true, answers: map[string]string{
			field("jwks_url"): asJSON(url)}, want: `"bound_issuer": "https://issuer.example"`},
		"an empty flag": {given: true, answers: with(field("jwks_url"), theirs), want: keys},
	} {
		i := installed(t, "vaultseal/{namespace}")
		i.Method, i.Cluster.UID, i.Cluster.Issuer = transit.MethodJWT, ownUID, "https://issuer.example"
		i.KeySource, i.Unsaid.KeySource, i.Unsaid.KeyCA = test.source, !test.given, true
		s := Setup{Installation: i, ReplaceRoles: test.replace, Now: func() time.Time { return today }}
		script, err := s.Script(typeOf)
		if err != nil {
			t.Fatal(err)
		}
		got, failure := record(t, script, test.answers)
		if failure != "" {
			t.Errorf("%s: %s", name, failure)
			continue
		}
		_, config, found := strings.Cut(got, written)
		config, _, _ = strings.Cut(config, "\nvault ")
		if found != (test.want != "") || !strings.Contains(config, test.want) {
			t.Errorf("%s: written %q, want %q", name, config, test.want)
		}
	}
}
