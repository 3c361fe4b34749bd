package test

import (
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSetupChoosesTheSourceOfSigningKeys: the first setup takes the cluster's issuer only if a login works with it. In
// every other case Vault has static keys at the end, users can log in, and a note says why and what to do.
func TestSetupChoosesTheSourceOfSigningKeys(t *testing.T) {
	t.Parallel()
	published, others := newIssuer(t), newIssuer(t)
	kube := newOwnKube(t, published.signingFlags(signingKey(t))...)
	published.publish(t, kube)
	wrong := newOwnKube(t, others.signingFlags(signingKey(t))...)
	others.publish(t, wrong)
	right, theirs := published.keys, others.keys
	restore := func() { published.keys, published.closed, published.stuck, published.later = right, false, false, nil }
	ca := "--jwks-ca-cert=" + published.ca
	const setupsOwn = 2 // requests of setup itself: the document and the keys
	for name, test := range map[string]struct {
		flags []string
		later func()
		after int
		says  string
	}{
		"setup does not trust the issuer":         {nil, nil, 0, "certificate signed by unknown authority"},
		"the issuer refuses strangers":            {[]string{ca}, func() { published.closed = true }, 0, "it answers 403"},
		"it has another cluster's keys":           {[]string{ca}, func() { published.keys = theirs }, 0, "its keys are not those of the API server"},
		"Vault cannot read it":                    {[]string{ca}, func() { published.closed = true }, setupsOwn, "vault answered 400: error checking oidc discovery URL"},
		"Vault gets no answer from it":            {[]string{ca, "--request-timeout=3s"}, func() { published.stuck = true }, setupsOwn, "no answer within 3s"},
		"it has other keys when a user logs in":   {[]string{ca}, func() { published.keys = theirs }, setupsOwn + 1, "failed to verify id token signature"},
		"it answers nothing when a user logs in":  {[]string{ca}, func() { published.closed = true }, setupsOwn + 1, "not authenticated to vault"},
		"it is the first issuer that answers all": {[]string{ca}, nil, 0, ""},
	} {
		one := newKeySourceSetup(t, kube.kubeconfig, test.flags...)
		before := published.requests()
		if _, _, err := one.again(t, append(test.flags, "--dry-run=server")...); err != nil {
			t.Errorf("%s: dry run: %v", name, err)
		}
		if asked := published.requests() - before; asked > setupsOwn {
			t.Errorf("%s: a dry run asked the issuer %d times", name, asked)
		}
		published.change(test.after, test.later)
		_, stderr := one.setup(t, append(one.base(), test.flags...)...)
		published.set(restore)
		if test.says == "" {
			if !strings.Contains(stderr, "note: Vault reads the cluster's signing keys at "+published.url+
				" (oidc_discovery_url), the issuer of its tokens") || one.config(t)["oidc_discovery_url"] != published.url {
				t.Errorf("%s: %s", name, stderr)
			}
		} else {
			one.has(t, map[string]any{"jwt_validation_pubkeys": one.signingKeys(t), "bound_issuer": published.url})
			if !strings.Contains(stderr, "note: Vault gets static signing keys, because ") ||
				!strings.Contains(stderr, test.says) ||
				!strings.Contains(stderr, "--oidc-discovery-url or --jwks-url") {
				t.Errorf("%s: %s", name, stderr)
			}
		}
		one.seal(t)
		one.opens(t, name)
		one.keepsItsSource(t)
	}
}

// TestSetupAsksNoIssuerOfThisMachine: the stack's API server is its own issuer, at a loopback address, which is another
// machine for Vault.
func TestSetupAsksNoIssuerOfThisMachine(t *testing.T) {
	t.Parallel()
	one := newKeySourceSetup(t, theStack.kubeconfig)
	_, stderr := one.setup(t, one.base()...)
	if !strings.Contains(stderr, "means another machine for Vault") ||
		!strings.Contains(stderr, "when the cluster changes them, logins fail until you run setup") {
		t.Errorf("setup: %s", stderr)
	}
	if one.config(t)["jwt_validation_pubkeys"] == nil {
		t.Errorf("Vault has %s", mustJSON(one.config(t)))
	}
}

// TestSetupPutsTheSourceOfSigningKeysBack: a flag changes the source only if a login works with it. Else Vault has what
// it had, with every parameter.
func TestSetupPutsTheSourceOfSigningKeysBack(t *testing.T) {
	t.Parallel()
	published, others := newIssuer(t), newIssuer(t)
	kube := newOwnKube(t, published.signingFlags(signingKey(t))...)
	published.publish(t, kube)
	others.publish(t, newOwnKube(t, others.signingFlags(signingKey(t))...))
	one := newKeySourceSetup(t, kube.kubeconfig)
	one.setup(t, append(one.base(), "--jwks-url=")...)
	one.seal(t)
	static := one.config(t)
	static["default_role"] = "vaultseal" // which setup does not write
	one.write(t, "auth/"+one.mount+"/config", static)
	ca, othersCA := "--jwks-ca-cert="+published.ca, "--jwks-ca-cert="+others.ca

	refused := func(when, says string, flags ...string) {
		t.Helper()
		before := one.config(t)
		stdout, stderr, err := one.again(t, flags...)
		if err == nil || !strings.Contains(stderr, says) || !strings.Contains(stderr, "\nhint: ") ||
			strings.Contains(stdout, "vault auth configuration "+one.mount) {
			t.Errorf("%s: %v: %s%s", when, err, stdout, stderr)
		}
		one.has(t, before)
		one.opens(t, when)
	}
	const unknown = "error: a login with the signing keys at "
	refused("keys of another cluster", unknown, othersCA, "--jwks-url="+others.url+"/keys")
	refused("the issuer of another cluster", unknown, othersCA, "--oidc-discovery-url="+others.url)
	refused("a certificate that Vault does not trust", "error: vault does not accept the signing keys at ",
		"--jwks-url="+published.url+"/keys")
	refused("nothing answers", "error: vault does not accept", "--jwks-url=https://"+freePort(t)+"/keys")
	refused("an issuer that names itself otherwise", "error: vault does not accept", ca,
		"--oidc-discovery-url="+published.url+"/")
	refused("a certificate without a URL", "there is no server for the certificate of --jwks-ca-cert", ca)

	flags := []string{ca, "--jwks-url=" + published.url + "/keys"}
	for _, look := range []string{"--diff", "--dry-run=server"} {
		stdout, stderr, err := one.again(t, append(flags, look)...)
		if err != nil || !strings.Contains(stderr, "the signing keys at "+published.url+"/keys (jwks_url), in place of "+
			"static signing keys") || !strings.Contains(stdout, "vault auth configuration "+one.mount) {
			t.Errorf("%s: %v: %s%s", look, err, stdout, stderr)
		}
		if look == "--diff" && (!strings.Contains(stdout, "\n+jwks_url: "+published.url) ||
			!strings.Contains(stdout, "-  -----END PUBLIC KEY-----")) {
			t.Errorf("--diff does not show the change: %s", stdout)
		}
	}
	one.has(t, static)
	one.setup(t, append(one.base(), flags...)...)
	text, err := os.ReadFile(published.ca)
	check(t, err)
	url := map[string]any{"jwks_url": published.url + "/keys", "jwks_ca_pem": string(text),
		"bound_issuer": published.url, "default_role": "vaultseal"}
	one.has(t, url)
	one.setup(t, append(one.base(), flags[1])...) // the certificate of the same URL stays
	one.has(t, url)
	refused("keys of another cluster, after a URL", unknown, othersCA, "--jwks-url="+others.url+"/keys")
	one.setup(t, append(one.base(), "--oidc-discovery-url=")...)
	one.has(t, static)

	// An earlier version set no issuer. Setup adds it, and keeps another one that a URL has.
	older := maps.Clone(static)
	delete(older, "bound_issuer")
	one.write(t, "auth/"+one.mount+"/config", older)
	one.setup(t, one.base()...)
	one.has(t, static)
	elsewhere := maps.Clone(url)
	elsewhere["bound_issuer"] = "https://issuer.example"
	one.write(t, "auth/"+one.mount+"/config", elsewhere)
	one.fails(t, "another issuer", "invalid issuer (iss) claim", "accepts tokens of another issuer")
	if _, stderr, err := one.again(t); err == nil || !strings.Contains(stderr, "warning: auth/"+one.mount+
		" accepts tokens of the issuer https://issuer.example, and the cluster's issuer is "+published.url) {
		t.Errorf("setup with another issuer: %v: %s", err, stderr)
	}
	one.has(t, elsewhere)
	one.runScript(t, flags[1]) // which keeps the certificate of the same URL
	delete(url, "default_role")
	one.has(t, url)
	one.opens(t, "after the script")
}

// TestFirstSetupWithAWrongSource: what a flag says does not log in, and Vault has static keys.
func TestFirstSetupWithAWrongSource(t *testing.T) {
	t.Parallel()
	others := newIssuer(t)
	others.publish(t, newOwnKube(t, others.signingFlags(signingKey(t))...))
	one := newKeySourceSetup(t, theStack.kubeconfig)
	_, stderr, err := one.again(t, "--jwks-ca-cert="+others.ca, "--jwks-url="+others.url+"/keys")
	if err == nil || !strings.Contains(stderr, "; so vault has static signing keys") {
		t.Errorf("%v: %s", err, stderr)
	}
	if one.config(t)["jwt_validation_pubkeys"] == nil {
		t.Errorf("Vault has %s", mustJSON(one.config(t)))
	}
	one.setup(t, one.base()...)
	one.seal(t)
	one.opens(t, "static keys")
}

// TestSigningKeyFlagsAreChecked: nothing is sent to a URL or stored from a file that cannot be meant.
func TestSigningKeyFlagsAreChecked(t *testing.T) {
	t.Parallel()
	published := newIssuer(t)
	one := newKeySourceSetup(t, theStack.kubeconfig)
	key := filepath.Join(t.TempDir(), "ca.key")
	certificate, err := os.ReadFile(published.ca)
	check(t, err)
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("signing-key-horse")})
	check(t, os.WriteFile(key, slices.Concat(certificate, private), 0o600))
	for says, flags := range map[string][]string{
		"exclude each other":                          {"--jwks-url=https://a.example", "--oidc-discovery-url=https://a.example"},
		"--jwks-url: want an https:// URL":            {"--jwks-url=http://a.example/keys"},
		"--oidc-discovery-url: want an https:// URL":  {"--oidc-discovery-url=a.example"},
		"--jwks-url: the URL has a user":              {"--jwks-url=https://user:signing-key-horse@a.example/keys"},
		"without /.well-known/openid-configuration":   {"--oidc-discovery-url=https://a.example/.well-known/openid-configuration"},
		`it holds "PRIVATE KEY" besides certificates`: {"--jwks-url=" + published.url + "/keys", "--jwks-ca-cert=" + key},
		"no such file":                     {"--jwks-url=https://a.example", "--jwks-ca-cert=" + key + "-not"},
		"and the URL is empty":             {"--jwks-url=", "--jwks-ca-cert=" + published.ca},
		"with --print-vault requires":      {"--print-vault", "--jwks-ca-cert=" + published.ca},
		"requires --vault-auth-method=jwt": {"--vault-auth-method=kubernetes", "--jwks-url=" + published.url},
	} {
		stdout, stderr, err := one.again(t, flags...)
		if err == nil || stdout != "" || !strings.Contains(stderr, says) || strings.Contains(stderr, "signing-key-horse") {
			t.Errorf("%q: %v: %s%s", flags, err, stdout, stderr)
		}
	}
	if asked := published.requests(); asked > 0 {
		t.Errorf("the issuer was asked %d times", asked)
	}
}

// TestSigningKeysAreNotReadWhereARedirectLeads: an issuer that redirects makes setup ask no other server.
func TestSigningKeysAreNotReadWhereARedirectLeads(t *testing.T) {
	t.Parallel()
	published, target := newIssuer(t), newIssuer(t)
	kube := newOwnKube(t, published.signingFlags(signingKey(t))...)
	published.set(func() { published.redirect = target.url })
	one := newKeySourceSetup(t, kube.kubeconfig)
	_, stderr := one.setup(t, append(one.base(), "--jwks-ca-cert="+published.ca)...)
	if !strings.Contains(stderr, "it answers 302") || target.requests() > 0 {
		t.Errorf("the target was asked %d times: %s", target.requests(), stderr)
	}
}
