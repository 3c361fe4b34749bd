package doctor

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// marker is in every name of the examination that this returns.
const marker = "acme"

func markedExamination() *examined {
	x := newExamined()
	x.redact = true
	x.flags = map[string]string{
		"vault-addr": "https://vault.acme.example", "transit-key": "acme-mount/acme-key", "vault-role": "acme-role",
		"vault-auth-mount": "acme-auth", "audience": "acme-audience",
	}
	x.namespace = "acme-team"
	jwt := plantedJWT(`{"sub":"system:serviceaccount:acme-team:acme-role","aud":["acme-audience"],"iat":1,"exp":601}`)
	x.cluster["POST /api/v1/namespaces/acme-team/serviceaccounts/acme-role/token"] = fmt.Sprintf(
		`{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{"token":%q,"expirationTimestamp":%q}}`,
		jwt, time.Now().Add(10*time.Minute).UTC().Format(time.RFC3339))
	x.vault.token.Policies = []string{"acme-policy", "default"}
	x.enforcement = func(context.Context, corev1client.CoreV1Interface, string, sealed.KeyTemplate) Enforcement {
		return Enforcement{Status: Warning, Reason: "the policy acme-enforcement is gone"}
	}
	for _, certificate := range x.vault.peer.Chain {
		certificate.Subject.CommonName, certificate.DNSNames = "acme CA", []string{"vault.acme.example"}
	}
	return x
}

func redactedReport(t *testing.T, x *examined) string {
	t.Helper()
	diagnosis, err := x.run(t)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(diagnosis)
	if err != nil {
		t.Fatal(err)
	}
	report := strings.ReplaceAll(string(text), `\"`, `"`)
	if diagnosis.Unrevoked != nil {
		report += diagnosis.Unrevoked.Error()
	}
	if strings.Contains(strings.ToLower(report), marker) || strings.Contains(report, "127.0.0.1") {
		t.Errorf("a name is in the report:\n%s", report)
	}
	return report
}

func TestRedactedReport(t *testing.T) {
	report := redactedReport(t, markedExamination())
	for _, part := range []string{
		`"redacted":true`, `"namespace":"namespace-1"`, "Kubernetes v1.37.2 at address-1, namespace namespace-1",
		"Vault address-2 (flag --vault-addr), transit key mount-1/transit-key-1 (flag --transit-key), role role-1 (flag",
		"ServiceAccount namespace-1/service-account-1, audience audience-1, good for 10m0s",
		"covers host-1, host-2; until", "role role-1 at auth/mount-2, audience audience-1, TTL 10s, policies policy-1, default;",
		`"update" on mount-1/encrypt/transit-key-1`, "mount-1/transit-key-1, aes256-gcm96, derived, latest version 3",
		"plaintext Secrets may be stored in namespace namespace-1: (left out)",
	} {
		if !strings.Contains(report, part) {
			t.Errorf("the report misses %q:\n%s", part, report)
		}
	}
	if strings.Count(report, leftOut) != 1 || strings.Contains(report, `"hint"`) || strings.Contains(report, "%!") {
		t.Errorf("values are left out, or hints are not:\n%s", report)
	}
}

// TestRedactedFailures: nothing of an error is in the report but what the code says of its kind.
func TestRedactedFailures(t *testing.T) {
	told := errors.New("acme says no at https://vault.acme.example/acme")
	for name, c := range map[string]struct {
		change func(*examined)
		says   string
	}{
		"an unknown error": {func(x *examined) { x.connectErr = told }, `"summary":"an error (left out)"`},
		"a kubeconfig": {func(x *examined) {
			x.connectErr = &kube.NoServerError{Cluster: "acme", Reason: "cluster acme has no server"}
		}, "the kubeconfig names no API server"},
		"a context": {func(x *examined) {
			kubeconfig := clientcmd.NewNonInteractiveClientConfig(*clientcmdapi.NewConfig(), "acme", nil, nil)
			_, x.connectErr = kubeconfig.ClientConfig()
		}, `"summary":"the kubeconfig does not have the context"`},
		"a kubeconfig that cannot be read": {func(x *examined) {
			x.connectErr = errors.New(`error loading config file "/home/acme/.kube/config": yaml: acme`)
		}, `"summary":"the kubeconfig cannot be read"`},
		"a file": {func(x *examined) {
			x.connectErr = &fs.PathError{Op: "open", Path: "/home/acme/ca.crt", Err: fs.ErrNotExist}
		}, `"summary":"no such file"`},
		"a credential": {func(x *examined) { x.cluster[versionPath] = unauthorized },
			`"summary":"the API server does not accept the credential"`},
		"a ServiceAccount": {func(x *examined) {
			x.cluster["POST /api/v1/namespaces/acme-team/serviceaccounts/acme-role/token"] = forbidden
		}, `"summary":"create a token for the ServiceAccount: denied by Kubernetes"`},
		"an answer of Vault": {func(x *examined) {
			x.vault.tokenErr = &transit.RefusedError{Op: "acme", Detail: "500: acme"}
		}, `"summary":"vault answered 500"`},
		"a version": {func(x *examined) { x.cluster[versionPath] = `{"gitVersion":"v1.37.2-acme"}` },
			"Kubernetes v1.37.2(left out) at"},
		"an address": {func(x *examined) {
			x.vault.lookErr = &transit.UnreachableError{Op: "acme", Address: "acme", Err: told,
				Reason: transit.NotTLS}
		}, "vault is unreachable: the port does not speak TLS"},
		"a certificate": {func(x *examined) {
			x.vault.peer.Rejected = &transit.CertificateError{Address: "acme", Name: "acme",
				Err: x509.UnknownAuthorityError{}}
		}, "signed by an authority that is not trusted"},
		"a login": {func(x *examined) {
			x.vault.tokenErr = &transit.RefusedError{Op: "acme", Kind: transit.ErrUnauthenticated, Detail: "acme",
				Role: "acme"}
		}, "not authenticated to vault"},
		"a key": {func(x *examined) {
			x.vault.keyErr = &transit.RefusedError{Op: "acme", Kind: transit.ErrKeyNotFound, Detail: "acme"}
		}, "transit key not found"},
		"a round trip": {func(x *examined) { x.vault.decryptErr = fmt.Errorf("acme: %w", transit.ErrDenied) },
			"open: denied by vault policy"},
		"a right": {func(x *examined) { x.vault.capabilities = func(string) []string { return []string{"deny"} } },
			`no "update" on mount-1/rewrap/transit-key-1: denied by vault policy`},
		"nothing configured": {func(x *examined) { clear(x.flags) }, "this cluster is not set up"},
		"a value":            {func(x *examined) { x.flags["transit-key"] = "acme/../acme" }, "invalid value of flag --transit-key"},
		"no revocation":      {func(x *examined) { x.vault.closeErr = told }, "an error (left out)"},
	} {
		t.Run(name, func(t *testing.T) {
			x := markedExamination()
			c.change(x)
			contains(t, redactedReport(t, x), c.says)
		})
	}
}

// TestValuesOfUnknownTypesAreLeftOut: a value that does not say what it is does not get into the report.
func TestValuesOfUnknownTypesAreLeftOut(t *testing.T) {
	got := newRedactor().text(say("%s %v %d %q", "acme", []string{"acme"}, 3, untold("acme")))
	if want := `(left out) (left out) 3 "(left out)"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
