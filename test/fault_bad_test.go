package test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestFaultBadSecrets: Secrets that cannot be rewrapped are named, and do not stop the others.
func TestFaultBadSecrets(t *testing.T) {
	t.Parallel()
	ns := newFaultNamespace(t, theStack, sized(1000, 100))
	ns.tampered(t)
	ns.retired(t)
	ns.keyless(t)

	rotate := ns.ends(t, []string{"rotate"}, 0)
	for name, reason := range badReasons {
		want := "secret " + ns.namespace + "/" + name
		if !oneLineSays(rotate.stderr.String(), want, reason) {
			t.Errorf("stderr does not say %q with %q: %s", want, reason, brief(rotate.stderr.String()))
		}
	}
	ns.allLatest(t)

	report := ns.ends(t, []string{"rotate", "-o", "json"}, 0).report(t)
	if got := report.Summary; got.Broken != len(badReasons) || got.Failed > 0 || got.Rewrapped != ns.count {
		t.Errorf("summary %+v, want %d rewrapped and %d broken", got, ns.count, len(badReasons))
	}
	for _, row := range report.Secrets {
		if row.Status != "broken" {
			continue
		}
		reason, bad := badReasons[row.Name]
		if !bad || row.Namespace != ns.namespace || !strings.Contains(row.Reason, reason) {
			t.Errorf("broken in the report: %+v, want reason %q", row, reason)
		}
		aboutEntry := row.Name != "keyless-1"
		if aboutEntry != (len(row.Failures) == 1) || aboutEntry &&
			(row.Failures[0].Entry != "secrets.json" || !strings.Contains(row.Failures[0].Reason, reason)) {
			t.Errorf("failures of %s: %+v", row.Name, row.Failures)
		}
	}
	ns.allLatest(t)
	ns.nothingDecrypted(t)
}

// badReasons are words of the reasons by name.
var badReasons = map[string]string{
	"tampered-1": "does not authenticate",
	"retired-1":  "min_decryption_version",
	"keyless-1":  "not found",
}

// oneLineSays reports whether a line of the text has all the words.
func oneLineSays(text string, words ...string) bool {
	for line := range strings.Lines(text) {
		all := true
		for _, word := range words {
			all = all && strings.Contains(line, word)
		}
		if all {
			return true
		}
	}
	return false
}

// one is the single Secret PREFIX-1 in the namespace.
func (p sealedNamespace) one(prefix, key string) sealedSecrets {
	return sealedSecrets{on: p.on, namespace: p.namespace, prefix: prefix, count: 1, key: key}
}

// plant stores a set's first Secret with that ciphertext, as vaultseal would,
// and with the namespace's label.
func (p sealedNamespace) plant(t *testing.T, one sealedSecrets, ciphertext string) {
	t.Helper()
	core, err := p.on.core()
	check(t, err)
	secret := one.secret(0, map[string]string{"vaultseal.dev/sealed": "true", "test": p.namespace}, ciphertext)
	_, err = core.Secrets(one.namespace).Create(context.Background(), secret, metav1.CreateOptions{})
	check(t, err)
}

// tampered has a ciphertext of the namespace's key with one byte changed.
func (p sealedNamespace) tampered(t *testing.T) {
	t.Helper()
	one := p.one("tampered", p.key)
	ciphertexts, err := one.seal(one.plaintext)
	check(t, err)
	prefix, encoded, _ := strings.Cut(ciphertexts[0], ":v1:")
	content, err := base64.StdEncoding.DecodeString(encoded)
	check(t, err)
	content[len(content)/2] ^= 1
	p.plant(t, one, prefix+":v1:"+base64.StdEncoding.EncodeToString(content))
}

// retired is sealed with a version that its key no longer decrypts.
func (p sealedNamespace) retired(t *testing.T) {
	t.Helper()
	one := p.one("retired", p.namespace+"-retired")
	p.on.newKey(t, one.key, false)
	ciphertexts, err := one.seal(one.plaintext)
	check(t, err)
	p.on.write(t, "transit/keys/"+one.key+"/rotate", map[string]any{})
	p.on.write(t, "transit/keys/"+one.key+"/config",
		map[string]any{"min_decryption_version": 2, "min_encryption_version": 2})
	p.plant(t, one, ciphertexts[0])
}

// keyless is annotated with a key that Vault does not have.
func (p sealedNamespace) keyless(t *testing.T) {
	t.Helper()
	p.plant(t, p.one("keyless", p.namespace+"-none"), "vault:v1:"+base64.StdEncoding.EncodeToString(make([]byte, 64)))
}

// TestFaultForeignAnnotation: an annotation that names another team's transit key
// never makes the rotator rotate that key.
func TestFaultForeignAnnotation(t *testing.T) {
	t.Parallel()
	ns := newFaultNamespace(t, theStack, 20)
	foreign := ns.one("foreign", ns.namespace+"-foreign")
	ns.on.newKey(t, foreign.key, false)
	ciphertexts, err := foreign.seal(foreign.plaintext)
	check(t, err)
	ns.plant(t, foreign, ciphertexts[0])
	since := auditEnd(t)
	for _, command := range [][]string{{"rotate"}, {"rotate", "--rewrap-only"}, {"rotate", "-o", "json"}} {
		ns.ends(t, command, 0)
	}
	if got := ns.on.versions(t, foreign.key).Latest; got != 1 {
		t.Errorf("the foreign key is at version %d", got)
	}
	events, err := eventsSince[vaultEvent](ns.on.vaultAudit, since)
	check(t, err)
	for _, e := range events {
		if e.Request.Path == "transit/keys/"+foreign.key+"/rotate" {
			t.Errorf("somebody asked to rotate the foreign key: %s", e.Auth.DisplayName)
		}
	}
	foreign.atVersion(t, "1")
	ns.heals(t)
}
