package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/probe/report"
)

// vaultsealImage has the plugin that is tested, as the real image has it.
const (
	vaultsealImage = "localhost/vaultseal:1"
	vaultsealUser  = 65532
)

var vaultsealOnce sync.Once

// loadVaultseal gives the node vaultsealImage, once for all tests.
func (n node) loadVaultseal(t *testing.T) {
	t.Helper()
	vaultsealOnce.Do(func() {
		n.image(t, vaultsealImage, "-entrypoint=/kubectl-vaultseal", "-user="+strconv.Itoa(vaultsealUser),
			"/kubectl-vaultseal="+filepath.Join("..", "bin", "kubectl-vaultseal"))
	})
}

// newSetUpWorkload is a restricted namespace that setup has set up, and setup workload for the workload of a manifest.
// Its commands get everything from the cluster.
func newSetUpWorkload(t *testing.T, manifest string) testNamespace {
	t.Helper()
	p := newTestNamespace(t)
	p.restrict(t)
	p.setUp(t, theStack, "--namespaces="+p.namespace)
	p.administer(t, theStack, "setup", "workload", "--vault-auth-mount="+p.namespace, "-f", manifest)
	p.settings = []string{"VAULT_ADDR=", "VAULT_CACERT=", "VAULTSEAL_TRANSIT_KEY="}
	p.flags = []string{p.config()}
	return p
}

// workloadRole makes the role of Vault that the pods of a ServiceAccount log in with, in a way that tests can break.
// Examples have theirs from setup workload.
func (p testNamespace) workloadRole(t *testing.T, account string) {
	t.Helper()
	theStack.write(t, "auth/kubernetes/role/"+p.namespace+"."+account, map[string]any{
		"bound_service_account_names": account, "bound_service_account_namespaces": p.namespace, "audience": "vault",
		"token_policies": "vaultseal-reader", "token_ttl": 10, "token_no_default_policy": true,
	})
}

// develops runs the plugin, which must succeed.
func (p testNamespace) develops(t *testing.T, args ...string) string {
	t.Helper()
	r := p.vaultseal(t, args...)
	if r.code != 0 {
		t.Fatalf("vaultseal %s: exit code %d\n%s", strings.Join(args, " "), r.code, r.stderr)
	}
	return r.stdout
}

// injected is what inject prints for a file. Injected again it is the same, and uninject gives the file back.
func (p testNamespace) injected(t *testing.T, file string, flags ...string) string {
	t.Helper()
	flags = append(flags, "--image="+vaultsealImage)
	injected := p.develops(t, append([]string{"inject", "-f", file}, flags...)...)
	again := p.file(t, "injected.yaml", injected)
	if twice := p.develops(t, append([]string{"inject", "-f", again}, flags...)...); twice != injected {
		t.Errorf("injected twice it is\n%s\nand once\n%s", twice, injected)
	}
	if original := p.develops(t, "uninject", "-f", again); original != p.read(t, file) {
		t.Errorf("uninject prints\n%s", original)
	}
	return injected
}

func (p testNamespace) read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	check(t, err)
	return string(text)
}

// certificate makes a private key and a certificate that it has signed itself, as files.
func (p testNamespace) certificate(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, DNSNames: []string{name}}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	check(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	check(t, err)
	return p.file(t, "tls.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}))),
		p.file(t, "tls.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})))
}

// keyLine is a line of a private key that no other file has.
func keyLine(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	check(t, err)
	return strings.Split(string(text), "\n")[2]
}

// volume makes a PersistentVolume that belongs to a user, for the next claim of the namespace.
func (p testNamespace) volume(t *testing.T, name string, user int) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	check(t, os.Mkdir(dir, 0o755))
	check(t, os.Chown(dir, user, user))
	for up := filepath.Dir(dir); up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
		check(t, os.Chmod(up, 0o755))
	}
	name = p.namespace + "-" + name
	_, err := theStack.kubectl(`
apiVersion: v1
kind: PersistentVolume
metadata: {name: `+name+`}
spec:
  accessModes: [ReadWriteOnce]
  capacity: {storage: 1Gi}
  claimRef: {namespace: `+p.namespace+`, name: data-postgresql-0}
  hostPath: {path: `+strconv.Quote(dir)+`}
`, "apply", "-f", "-")
	check(t, err)
	t.Cleanup(func() { _, _ = theStack.kubectl("", "delete", "persistentvolume", name, "--wait=false") })
}

// reported is what the probe in a container has printed first. A container is ready before it has printed.
func (p testNamespace) reported(t *testing.T, pod, container string) report.Report {
	t.Helper()
	var line string
	for deadline := time.Now().Add(podEnd); ; time.Sleep(100 * time.Millisecond) {
		var whole bool
		if line, _, whole = strings.Cut(p.logs(t, pod, container), "\n"); whole {
			return readReport(t, line)
		}
		if time.Now().After(deadline) {
			t.Fatalf("container %s of pod %s has printed %q", container, pod, line)
		}
	}
}
