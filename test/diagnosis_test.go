package test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// diagnosisCommands break what only a diagnosis tells from what is whole.
//
//	vaultwith KIND           the stack's Vault at another address, which $VAULT_ADDR names from here on, with
//	                         another certificate for 127.0.0.1; $VAULT_CACERT is its CA. KIND is one of
//	                         certificateKinds. KIND.ca.crt, KIND.ca.key and KIND.crt are files of both
//	plainvault               the stack's Vault over plain http, at $VAULT_ADDR from here on
//	agedkey NAME DAYS        a derived transit key whose only version is that old
func diagnosisCommands() map[string]command {
	return map[string]command{"vaultwith": runVaultWith, "plainvault": runPlainVault, "agedkey": runAgedKey}
}

// certificateKind is what is wrong with a chain of certificates.
type certificateKind struct {
	caUsage      x509.KeyUsage
	issuerUsage  x509.KeyUsage // of an intermediate
	intermediate bool
	caLife, life time.Duration
}

func certificateKinds() map[string]certificateKind {
	const (
		usual = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		short = 10*24*time.Hour + time.Hour
		long  = certificateLife
	)
	return map[string]certificateKind{
		"lasting":          {caUsage: usual, caLife: long, life: long},
		"ending":           {caUsage: usual, caLife: long, life: short},
		"ending-ca":        {caUsage: usual, caLife: short, life: long},
		"no-usage":         {caLife: long, life: long},
		"no-issuer-usage":  {caUsage: usual, intermediate: true, caLife: long, life: long},
		"not-for-signing":  {caUsage: x509.KeyUsageCRLSign, caLife: long, life: long},
		"whole-and-linked": {caUsage: usual, intermediate: true, issuerUsage: usual, caLife: long, life: long},
	}
}

func runVaultWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: vaultwith KIND")
	}
	kind, found := certificateKinds()[args[0]]
	if !found {
		ts.Fatalf("no kind of certificate: %s", args[0])
	}
	pair, ca, err := kind.chain()
	ts.Check(err)
	caFile := ts.MkAbs(args[0] + ".ca.crt")
	caKey, err := x509.MarshalPKCS8PrivateKey(ca.key)
	ts.Check(err)
	writePEM(ts, caFile, "CERTIFICATE", ca.cert.Raw)
	writePEM(ts, ts.MkAbs(args[0]+".ca.key"), "PRIVATE KEY", caKey)
	writePEM(ts, ts.MkAbs(args[0]+".crt"), "CERTIFICATE", pair.Certificate[0])
	p := vaultElsewhere(ts)
	p.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	p.StartTLS()
	ts.Defer(p.stop)
	ts.Setenv("VAULT_ADDR", p.URL)
	ts.Setenv("VAULT_CACERT", caFile)
}

func writePEM(ts *testscript.TestScript, path, kind string, der []byte) {
	ts.Check(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func runPlainVault(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: plainvault")
	}
	p := vaultElsewhere(ts)
	p.Start()
	ts.Defer(p.stop)
	ts.Setenv("VAULT_ADDR", p.URL)
}

// vaultElsewhere is a proxy before the stack's Vault that is not started yet.
func vaultElsewhere(ts *testscript.TestScript) *proxy {
	client, err := theStack.httpClient()
	ts.Check(err)
	next, err := forwardTo(theStack.vaultAddr, client.Transport)
	ts.Check(err)
	return newProxy(next, pass)
}

// TestInterruptedDiagnosis: there is no half a report, and the Vault token is revoked.
func TestInterruptedDiagnosis(t *testing.T) {
	t.Parallel()
	direct, hold := newSealedNamespace(t), newRequestHold()
	proxied := direct.behindVault(t, hold.before("/sys/capabilities-self", 0))
	t.Cleanup(hold.release)
	since := auditEnd(t)
	diagnosis := proxied.start(t, "doctor")
	hold.next(t)
	check(t, diagnosis.Process.Signal(syscall.SIGINT))
	if code := diagnosis.end(t); code != 130 {
		t.Errorf("exit code %d, want 130; stderr: %s", code, &diagnosis.stderr)
	}
	if diagnosis.stderr.String() != "error: interrupt\n" || diagnosis.stdout.String() != "" {
		t.Errorf("stdout %q, stderr %q", &diagnosis.stdout, &diagnosis.stderr)
	}
	allRevoked(t, since, proxied.namespace)
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// chain is a server's certificate with what stands between it and the CA.
func (k certificateKind) chain() (tls.Certificate, *authority, error) {
	root, err := signed(nil, authorityTemplate("a test's CA", k.caUsage, k.caLife))
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	issuer, between := root, [][]byte(nil)
	if k.intermediate {
		if issuer, err = signed(root, authorityTemplate("a test's issuer", k.issuerUsage, k.caLife)); err != nil {
			return tls.Certificate{}, nil, err
		}
		between = [][]byte{issuer.cert.Raw}
	}
	template := serverTemplate(nil, []net.IP{net.IPv4(127, 0, 0, 1)})
	template.NotAfter = time.Now().Add(k.life)
	leaf, err := signed(issuer, template)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: append([][]byte{leaf.cert.Raw}, between...), PrivateKey: leaf.key}, root, nil
}

func authorityTemplate(name string, usage x509.KeyUsage, life time.Duration) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(life),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              usage,
	}
}

// signed makes a certificate, self-signed without an issuer.
func signed(issuer *authority, template *x509.Certificate) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if issuer == nil {
		issuer = &authority{cert: template, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer.cert, key.Public(), issuer.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert: cert, key: key}, err
}

func runAgedKey(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: agedkey NAME DAYS")
	}
	days, err := time.ParseDuration(args[1] + "h")
	ts.Check(err)
	made := time.Now().Add(-24 * days)
	young := args[0] + "-young"
	ask := func(method, path string, body any) []byte {
		answer, err := theStack.vaultRequest(context.Background(), method, path, mustJSON(body))
		ts.Check(err)
		return answer
	}
	ask("POST", "transit/keys/"+young, map[string]any{"derived": true, "exportable": true,
		"allow_plaintext_backup": true})
	var taken struct {
		Data struct {
			Backup string `json:"backup"`
		} `json:"data"`
	}
	ts.Check(json.Unmarshal(ask("GET", "transit/backup/"+young, nil), &taken))
	backup, err := aged(taken.Data.Backup, made)
	ts.Check(err)
	ask("POST", "transit/restore/"+args[0], map[string]any{"backup": backup})
}

// aged is a backup of a transit key whose versions were made at another time.
func aged(backup string, made time.Time) (string, error) {
	text, err := base64.StdEncoding.DecodeString(backup)
	if err != nil {
		return "", err
	}
	var whole map[string]json.RawMessage
	var policy, versions map[string]json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return "", err
	}
	if err := json.Unmarshal(whole["policy"], &policy); err != nil {
		return "", err
	}
	if err := json.Unmarshal(policy["keys"], &versions); err != nil {
		return "", err
	}
	for name, raw := range versions {
		var version map[string]json.RawMessage
		if err := json.Unmarshal(raw, &version); err != nil {
			return "", err
		}
		if version["creation_time"] == nil || version["time"] == nil {
			return "", fmt.Errorf("version %s of the backup has no times", name)
		}
		version["creation_time"], version["time"] = mustJSON(made.Unix()), mustJSON(made)
		versions[name] = mustJSON(version)
	}
	policy["keys"] = mustJSON(versions)
	whole["policy"] = mustJSON(policy)
	return base64.StdEncoding.EncodeToString(mustJSON(whole)), nil
}
