package test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keySourceSetup is an installation with the jwt method, and what its command line says of the signing keys.
type keySourceSetup struct {
	setupNamespace

	flags []string
}

func newKeySourceSetup(t *testing.T, kubeconfig string, flags ...string) keySourceSetup {
	t.Helper()
	s := keySourceSetup{newSetupNamespace(t), flags}
	s.kubeconfig = kubeconfig
	return s
}

// base are the flags of the installation without those about signing keys.
func (s keySourceSetup) base() []string {
	return []string{
		"--config-namespace=" + s.system, "--vault-auth-method=jwt", "--vault-auth-mount=" + s.mount,
		"--vault-addr=" + theStack.vaultAddr, "--vault-ca-cert=" + theStack.vaultCA,
	}
}

// again runs setup without the flags about signing keys, with some others.
func (s keySourceSetup) again(t *testing.T, flags ...string) (stdout, stderr string, err error) {
	t.Helper()
	return s.run(t, slices.Concat([]string{"setup"}, s.base(), flags)...)
}

// seal seals a document, which opened then shows.
func (s keySourceSetup) seal(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secrets.json")
	check(t, os.WriteFile(path, []byte(`{"password": "rotating-horse"}`), 0o600))
	s.must(t, "create", "-f", path, "--config-namespace="+s.system)
}

func (s keySourceSetup) opens(t *testing.T, when string) {
	t.Helper()
	stdout, stderr, err := s.run(t, "view", "secrets", "secrets.json", "--config-namespace="+s.system)
	if err != nil || !strings.Contains(stdout, "rotating-horse") {
		t.Errorf("%s: %v: %s", when, err, stderr)
	}
}

// fails checks what a command and doctor say.
func (s keySourceSetup) fails(t *testing.T, when string, words ...string) {
	t.Helper()
	for _, command := range [][]string{{"view", "secrets"}, {"doctor"}} {
		stdout, stderr, err := s.run(t, append(command, "--config-namespace="+s.system)...)
		if err == nil {
			t.Errorf("%s: %s works", when, command[0])
		}
		for _, word := range words {
			if !strings.Contains(stdout+stderr, word) {
				t.Errorf("%s: %s does not say %q: %s%s", when, command[0], word, stdout, stderr)
			}
		}
	}
}

// config is Vault's configuration of the jwt method, without what is empty.
func (s keySourceSetup) config(t *testing.T) map[string]any {
	t.Helper()
	config := theStack.read(t, "auth/"+s.mount+"/config", "jwks_url", "jwks_ca_pem", "jwks_pairs", "oidc_discovery_url",
		"oidc_discovery_ca_pem", "jwt_validation_pubkeys", "jwt_supported_algs", "bound_issuer", "default_role")
	for name, value := range config {
		if text := string(mustJSON(value)); text == `""` || text == "[]" || text == "{}" || text == "null" {
			delete(config, name)
		}
	}
	return config
}

// has checks that the configuration has these parameters, and no other of signing keys.
func (s keySourceSetup) has(t *testing.T, want map[string]any) {
	t.Helper()
	if is := s.config(t); string(mustJSON(is)) != string(mustJSON(want)) {
		t.Errorf("auth/%s/config is %s, want %s", s.mount, mustJSON(is), mustJSON(want))
	}
}

// TestSigningKeysThatChange: a cluster whose issuer publishes its keys to everyone, as EKS, GKE and AKS do, changes its
// signing key twice: once with old and new keys side by side, once without. Vault follows where it reads the keys at a
// URL. With static keys, logins fail until setup is run, and every command says so.
func TestSigningKeysThatChange(t *testing.T) {
	t.Parallel()
	published := newIssuer(t)
	first, second, third := signingKey(t), signingKey(t), signingKey(t)
	kube := newOwnKube(t, published.signingFlags(first)...)
	published.publish(t, kube)
	pem, err := os.ReadFile(published.ca)
	check(t, err)
	ca := "--jwks-ca-cert=" + published.ca
	auto := newKeySourceSetup(t, kube.kubeconfig, ca)
	jwks := newKeySourceSetup(t, kube.kubeconfig, ca, "--jwks-url="+published.url+"/keys")
	discovery := newKeySourceSetup(t, kube.kubeconfig, ca, "--oidc-discovery-url="+published.url)
	static := newKeySourceSetup(t, kube.kubeconfig, "--oidc-discovery-url=")
	follow := []keySourceSetup{auto, jwks, discovery}
	for _, one := range append(follow, static) {
		one.setup(t, append(one.base(), one.flags...)...)
		one.seal(t)
		one.opens(t, "before")
	}
	byDiscovery := map[string]any{"oidc_discovery_url": published.url, "oidc_discovery_ca_pem": string(pem),
		"bound_issuer": published.url}
	auto.has(t, byDiscovery)
	discovery.has(t, byDiscovery)
	jwks.has(t, map[string]any{"jwks_url": published.url + "/keys", "jwks_ca_pem": string(pem),
		"bound_issuer": published.url})
	before := static.signingKeys(t)
	static.has(t, map[string]any{"jwt_validation_pubkeys": before, "bound_issuer": published.url})

	for _, rotation := range []struct {
		name string
		keys []string
	}{{"side by side", []string{second, first}}, {"one only", []string{third}}} {
		old := jwks.token(t)
		kube.restart(t, published.signingFlags(rotation.keys...)...)
		published.publish(t, kube)
		if err := jwks.logIn(t, old); err != nil { // Vault remembers the keys that it has read
			t.Errorf("%s: a token with the old key, before one with the new: %v", rotation.name, err)
		}
		for _, one := range follow {
			one.opens(t, rotation.name)
		}
		if err := jwks.logIn(t, old); (err == nil) != (len(rotation.keys) > 1) {
			t.Errorf("%s: a token with the old key, after one with the new: %v", rotation.name, err)
		}
		static.fails(t, rotation.name, "no known key successfully validated the token signature",
			"has static keys, and none of them signed the token", "kubectl vaultseal setup", "--oidc-discovery-url")
		static.doctorFinds(t, "the token is signed with none of the ")
		jwks.doctorFinds(t, "the token verifies with a key at "+published.url+"/keys, which Vault reads")
		stdout, stderr, err := static.again(t)
		if err != nil || !strings.Contains(stdout, "vault auth configuration "+static.mount+" configured\n") ||
			!strings.Contains(stderr, "note: the cluster's signing keys have changed, and Vault has static ones: ") {
			t.Errorf("%s: setup: %v: %s%s", rotation.name, err, stdout, stderr)
		}
		if now := static.signingKeys(t); len(now) != len(rotation.keys) {
			t.Errorf("%s: Vault has %d keys", rotation.name, len(now))
		}
		static.opens(t, rotation.name+", after setup")
	}

	for _, one := range follow {
		one.keepsItsSource(t)
	}
	static.keepsItsSource(t)
	auto.lagging(t, published, kube)
}

// token is a new token of the account that seals.
func (s keySourceSetup) token(t *testing.T) string {
	t.Helper()
	as := theStack
	as.kubeconfig = s.kubeconfig
	token, err := as.kubectl("", "create", "token", "vaultseal", "--namespace="+s.namespace, "--audience=vault")
	check(t, err)
	return strings.TrimSpace(token)
}

// logIn logs in with a token, without the plugin.
func (s keySourceSetup) logIn(t *testing.T, token string) error {
	t.Helper()
	_, err := theStack.vaultLogin(t.Context(), "auth/"+s.mount+"/login",
		mustJSON(map[string]string{"role": "vaultseal", "jwt": token}))
	return err
}

// doctorFinds: an administrator's doctor, whose token may read Vault's configuration, verifies a token itself. Without
// a flag for the Vault, that token is not sent.
func (s keySourceSetup) doctorFinds(t *testing.T, words string) {
	t.Helper()
	where := []string{"--config-namespace=" + s.system, "--vault-addr=" + theStack.vaultAddr,
		"--vault-ca-cert=" + theStack.vaultCA}
	stdout, stderr, _ := s.run(t, append([]string{"doctor", "--all"}, where...)...)
	if !strings.Contains(stdout, words) {
		t.Errorf("doctor does not say %q: %s%s", words, stdout, stderr)
	}
	stdout, stderr, _ = s.run(t, "doctor", "--all", where[0])
	if strings.Contains(stdout, words) || !strings.Contains(stdout, "signing-keys") {
		t.Errorf("doctor sends the token to a Vault that only the ConfigMap names: %s%s", stdout, stderr)
	}
}

// keepsItsSource: setup without flags changes nothing, also with --replace-roles, and the script for Vault's
// administrators changes nothing either.
func (s keySourceSetup) keepsItsSource(t *testing.T) {
	t.Helper()
	before := s.config(t)
	for _, flags := range [][]string{nil, {"--replace-roles"}, {"--diff"}} {
		stdout, stderr, err := s.again(t, flags...)
		if err != nil || strings.Contains(stdout, "configured") {
			t.Errorf("setup %q: %v: %s%s", flags, err, stdout, stderr)
		}
		if url := before["jwks_url"]; url != nil && !strings.Contains(stderr, "that Vault reads the signing keys at "+
			url.(string)) {
			t.Errorf("setup %q does not say what it keeps: %s", flags, stderr)
		}
		s.has(t, before)
	}
	s.runScript(t)
	s.has(t, before)
	s.opens(t, "after setup again")
}

// runScript runs what --print-vault prints, as an administrator of Vault.
func (s keySourceSetup) runScript(t *testing.T, flags ...string) {
	t.Helper()
	script, stderr, err := s.again(t, append(flags, "--print-vault")...)
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	ctx, cancel := context.WithTimeout(t.Context(), commandEnd)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh")
	shell.Stdin = strings.NewReader(script)
	shell.Env = []string{"PATH=" + theStack.bin + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"KUBECONFIG=" + s.kubeconfig, "VAULT_ADDR=" + theStack.vaultAddr, "VAULT_CACERT=" + theStack.vaultCA,
		"VAULT_TOKEN=" + theStack.rootToken}
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("the script of --print-vault: %v: %s", err, out)
	}
}

// lagging: the issuer does not have the new key yet, and then answers nothing.
func (s keySourceSetup) lagging(t *testing.T, published *issuer, kube *ownKube) {
	t.Helper()
	kube.restart(t, published.signingFlags(signingKey(t))...)
	s.fails(t, "a new key that is not published", "failed to verify id token signature",
		"Vault reads keys at a URL, and none of those there signed the token")
	published.shut(true)
	s.fails(t, "an issuer that answers nothing", "fetching keys", "Vault cannot read the cluster's signing keys at the URL")
	published.shut(false)
	published.publish(t, kube)
	s.opens(t, "after the key was published")
}
