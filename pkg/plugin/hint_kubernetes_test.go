package plugin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// asked is the error of a request to an API server, as client-go gives it.
func asked(t *testing.T, config *rest.Config) error {
	t.Helper()
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	_, err = core.Secrets("a").Get(t.Context(), "s", metav1.GetOptions{})
	if err == nil {
		t.Fatal("the API server has answered")
	}
	return fmt.Errorf("get secret a/s: %w", kube.Classify(err))
}

// served starts a server with a certificate that its clients do not trust by themselves.
func served(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func trusting(server *httptest.Server) *rest.Config {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return &rest.Config{Host: server.URL, TLSClientConfig: rest.TLSClientConfig{CAData: ca}}
}

// withPlugin is a configuration with a credential plugin.
func withPlugin(server *httptest.Server, command, installHint string, mode clientcmdapi.ExecInteractiveMode,
	args ...string) *rest.Config {
	config := trusting(server)
	config.ExecProvider = &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: command, Args: args, InteractiveMode: mode,
		InstallHint: installHint,
	}
	return config
}

func respond(code int, status string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, status)
	}
}

// TestCredentialPluginHints: the program is a real one, and what it does not give is not an address.
func TestCredentialPluginHints(t *testing.T) {
	server := served(t, respond(http.StatusOK, "{}"))
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config *rest.Config
		says   string
		hint   string
	}{
		"not installed": {
			withPlugin(server, "no-such-credential-plugin", "", clientcmdapi.NeverExecInteractiveMode),
			"exec: executable no-such-credential-plugin not found", "install the plugin",
		},
		"not installed, and the kubeconfig says how to": {
			withPlugin(server, "no-such-plugin-either", "Get it from\nthe portal.",
				clientcmdapi.NeverExecInteractiveMode),
			"exec: executable no-such-plugin-either not found", "\nGet it from the portal.",
		},
		"interactive": {
			withPlugin(server, own, "", clientcmdapi.AlwaysExecInteractiveMode),
			"exec plugin cannot support interactive mode: standard input is not a terminal", "interactiveMode: Never",
		},
		"fails": {
			withPlugin(server, own, "", clientcmdapi.NeverExecInteractiveMode,
				"-test.testlogfile=no-such-directory/log"),
			"failed with exit code 2", "kubectl auth whoami",
		},
		"answers something else": {
			withPlugin(server, own, "", clientcmdapi.NeverExecInteractiveMode, "-test.list=^TestHints$"),
			"decoding stdout: ", "kubectl auth whoami",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := asked(t, c.config)
			var credential *kube.CredentialError
			if !errors.As(err, &credential) || !strings.Contains(err.Error(), c.says) ||
				strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want %q in it", err, c.says)
			}
			if got := hint(err); !strings.Contains(got, c.hint) || strings.Contains(got, "cluster-info") {
				t.Errorf("hint %q, want %q", got, c.hint)
			}
			if code := exitCode(t.Context(), err); code != exitDenied {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// TestUnreachableHints: each way in which no answer comes has its own hint.
func TestUnreachableHints(t *testing.T) {
	server := served(t, respond(http.StatusOK, "{}"))
	plainServer := httptest.NewServer(respond(http.StatusOK, "{}"))
	t.Cleanup(plainServer.Close)
	refusing := httptest.NewServer(respond(http.StatusProxyAuthRequired, ""))
	t.Cleanup(refusing.Close)
	otherName, unknown, throughNothing, throughRefusal, nowhere := trusting(server), trusting(server), trusting(server),
		trusting(server), trusting(server)
	otherName.ServerName = "other.invalid"
	unknown.CAData, unknown.CAFile = nil, ""
	throughNothing.Proxy = proxyAt(t, closedPort(t))
	throughRefusal.Proxy = proxyAt(t, refusing.URL)
	nowhere.Dial = noNames
	for name, c := range map[string]struct {
		config *rest.Config
		hint   string
	}{
		"an unknown CA":           {unknown, "certificate-authority"},
		"a certificate of others": {otherName, "--tls-server-name"},
		"an expired certificate":  {trusting(expired(t)), "not valid now"},
		"HTTP": {&rest.Config{Host: strings.Replace(plainServer.URL, "http:", "https:", 1)},
			"does not speak TLS"},
		"neither HTTP nor TLS":      {&rest.Config{Host: "https://" + greeter(t)}, "does not speak TLS"},
		"a certificate is required": {trusting(demanding(t)), "client certificate"},
		"a host that is not known":  {nowhere, "kubectl config view --minify"},
		"no proxy there":            {throughNothing, "proxy-url"},
		"a proxy that refuses":      {throughRefusal, "proxy-url"},
		"nothing listens": {&rest.Config{Host: strings.Replace(closedPort(t), "http:", "https:", 1)},
			"kubectl cluster-info"},
	} {
		t.Run(name, func(t *testing.T) {
			err := asked(t, c.config)
			if got := hint(err); !errors.Is(err, kube.ErrUnreachable) || !strings.Contains(got, c.hint) {
				t.Errorf("%v: hint %q, want %q", err, got, c.hint)
			}
			if c.hint != "kubectl cluster-info" && strings.Contains(hint(err), "cluster-info") {
				t.Errorf("hint %q", hint(err))
			}
		})
	}
}

// TestRefusalHints: statuses as API servers send them.
func TestRefusalHints(t *testing.T) {
	status := func(code int, reason, message, details string) http.HandlerFunc {
		return respond(code,
			fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"reason":%q,"message":%q,"details":%s}`, code, reason, message, details))
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		hint   string
		exit   int
	}{
		"terminating": {status(403, "Forbidden",
			`secrets "s" is forbidden: unable to create new content in namespace a because it is being terminated`,
			`{"name":"s","kind":"secrets","causes":[{"reason":"NamespaceTerminating","message":"namespace a is being terminated","field":"metadata.namespace"}]}`), "is being deleted", 1},
		"quota": {status(403, "Forbidden",
			`secrets "s" is forbidden: exceeded quota: few, requested: secrets=1, used: secrets=1, limited: secrets=1`,
			`{}`), "ResourceQuota", 1},
		"impersonate": {status(403, "Forbidden",
			`users "x" is forbidden: User "y" cannot impersonate resource "users" in API group "" at the cluster scope`,
			`{"name":"x","kind":"users"}`), "verb impersonate", 4},
		"a right": {status(403, "Forbidden",
			`secrets "s" is forbidden: User "y" cannot get resource "secrets" in API group "" in the namespace "a"`,
			`{"name":"s","kind":"secrets"}`), "kubectl auth can-i --list", 4},
		"a webhook": {status(403, "Forbidden", `admission webhook "policy.example.com" denied the request: no`, `{}`),
			"webhook of the cluster refuses", 4},
		"a broken webhook": {status(500, "InternalError",
			`Internal error occurred: failed calling webhook "policy.example.com": connection refused`, `{}`),
			"does not work", 1},
		"an admission policy": {status(422, "Invalid",
			`secrets "s" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`, `{}`),
			"admission policy", 1},
		"plaintext is denied": {status(422, "Invalid",
			`secrets "s" is forbidden: ValidatingAdmissionPolicy 'vaultseal-sealed' with binding 'vaultseal-sealed-deny' denied request: a value of this Secret is plaintext: seal it`, `{}`), "kubectl vaultseal create --from-secret NAME", 1},
		"a key is denied": {status(422, "Invalid",
			`secrets "s" is forbidden: ValidatingAdmissionPolicy 'vaultseal-sealed-x' with binding 'vaultseal-sealed-x-deny' denied request: this Secret is not sealed with the transit key of its namespace, a/b: seal it`, `{}`), "leave --transit-key out", 1},
		"401": {status(401, "Unauthorized", "Unauthorized", `{}`), "log in again", 4},
		"429": {status(429, "TooManyRequests", "too many", `{}`), "is overloaded", 1},
		"503": {status(503, "ServiceUnavailable", "apiserver is shutting down", `{}`), "/readyz?verbose", 1},
		"etcd is full": {status(500, "InternalError", "etcdserver: mvcc: database space exceeded", `{}`),
			"etcd is full", 1},
		"413": {status(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728", `{}`),
			"size of a request", 1},
		"immutable": {status(422, "Invalid", "Secret \"s\" is invalid: data: Forbidden: field is immutable when "+
			"`immutable` is set", `{}`), "create it again", 1},
		"no namespace": {status(404, "NotFound", `namespaces "a" not found`, `{"name":"a","kind":"namespaces"}`),
			"kubectl create namespace", 1},
		"no Secret": {status(404, "NotFound", `secrets "s" not found`, `{"name":"s","kind":"secrets"}`),
			"kubectl get secrets -l", 1},
	} {
		t.Run(name, func(t *testing.T) {
			err := asked(t, trusting(served(t, c.answer)))
			if got := hint(err); !strings.Contains(got, c.hint) {
				t.Errorf("%v: hint %q, want %q", err, got, c.hint)
			}
			if code := exitCode(t.Context(), err); code != c.exit {
				t.Errorf("%v: exit code %d, want %d", err, code, c.exit)
			}
			checkMentions(t, hint(err))
		})
	}
}

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(nil)
	server.Close()
	return server.URL
}

func proxyAt(t *testing.T, address string) func(*http.Request) (*url.URL, error) {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return http.ProxyURL(parsed)
}

// noNames resolves without any server to ask.
func noNames(ctx context.Context, _, _ string) (net.Conn, error) {
	resolver := net.Resolver{PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") }}
	_, err := resolver.LookupHost(ctx, "kubernetes.invalid")
	return nil, &net.OpError{Op: "dial", Err: err}
}

// greeter is the address of a server that speaks first, as SSH does.
func greeter(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH\r\n")
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// demanding wants a certificate of its clients.
func demanding(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(respond(http.StatusOK, "{}"))
	server.Config.ErrorLog = discardLog()
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool(),
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// expired is a server whose certificate its clients trust, and that is not valid any more.
func expired(t *testing.T) *httptest.Server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(respond(http.StatusOK, "{}"))
	server.Config.ErrorLog = discardLog()
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
