package test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// serverCommands start servers other than the stack's, and users other than the administrator.
//
//	startvault [FLAG…]       another Vault, which $VAULT_ADDR names from here on; FLAG as -sealed
//	tlsserver KIND SAN…      a server that answers 503 to everything, at $VAULT_ADDR from here on,
//	                         with a certificate for just these names and addresses. KIND is
//	                         good, expired or selfsigned
//	trap                     $VAULT_ADDR and $KUBECONFIG lead to a port that counts who calls
//	untouched                nobody has called at the trap
func serverCommands() map[string]command {
	all := map[string]command{
		"startvault": runStartVault,
		"tlsserver":  runTLSServer,
		"trap":       runTrap,
		"untouched":  runUntouched,
	}
	maps.Copy(all, userCommands())
	maps.Copy(all, fakeServerCommands())
	maps.Copy(all, diagnosisCommands())
	maps.Copy(all, stateCommands())
	return all
}

// vaultStart is how long another Vault may take to answer.
const vaultStart = 5 * time.Minute

func runStartVault(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: startvault [FLAG…]")
	}
	pair, err := theStack.certificate(nil, []net.IP{net.IPv4(127, 0, 0, 1)})
	ts.Check(err)
	dir, err := os.MkdirTemp(ts.Getenv("WORK"), ".vault")
	ts.Check(err)
	certFile, keyFile, err := pemFiles(dir, pair)
	ts.Check(err)
	ready := filepath.Join(dir, "ready.json")
	ctx, stop := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, filepath.Join(theStack.bin, "vault-server"),
		append([]string{"-tls-cert", certFile, "-tls-key", keyFile, "-ready-file", ready}, args...)...)
	ts.Check(server.Start())
	ts.Defer(func() { stop(); _ = server.Wait() })
	ts.Setenv("VAULT_ADDR", awaitVault(ts, ready))
}

// awaitVault is the address that a Vault writes down once it serves.
func awaitVault(ts *testscript.TestScript, ready string) string {
	for end := time.Now().Add(vaultStart); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(ready)
		if err != nil {
			continue
		}
		var said struct {
			Address string `json:"address"`
		}
		ts.Check(json.Unmarshal(text, &said))
		return said.Address
	}
	ts.Fatalf("the other Vault does not serve after %v", vaultStart)
	return ""
}

func runTLSServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: tlsserver good|expired|selfsigned SAN…")
	}
	pair, err := theStack.certificateOf(args[0], args[1:])
	ts.Check(err)
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter,
			_ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Minute,
	}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	ts.Defer(func() { _ = server.Close() })
	ts.Setenv("VAULT_ADDR", "https://"+listener.Addr().String())
}

// certificateOf makes a certificate of one kind for the given names and addresses.
func (s stack) certificateOf(kind string, sans []string) (tls.Certificate, error) {
	var names []string
	var addresses []net.IP
	for _, san := range sans {
		if ip := net.ParseIP(san); ip != nil {
			addresses = append(addresses, ip)
		} else {
			names = append(names, san)
		}
	}
	template := serverTemplate(names, addresses)
	switch kind {
	case "good":
	case "expired":
		template.NotAfter = time.Now().Add(-time.Minute)
	case "selfsigned":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return tls.Certificate{}, err
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
	default:
		return tls.Certificate{}, fmt.Errorf("no kind of certificate: %s", kind)
	}
	return s.sign(template)
}

// trap counts who calls at a port.
type trap struct{ calls atomic.Int64 }

type trapKey struct{}

func runTrap(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: trap")
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	set := ts.Value(trapKey{}).(*trap)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			set.calls.Add(1)
			_ = connection.Close()
		}
	}()
	kubeconfig := ts.MkAbs(".trap")
	ts.Check(os.WriteFile(kubeconfig,
		[]byte(strings.ReplaceAll(trapConfig, "ADDRESS", listener.Addr().String())), 0o600))
	ts.Setenv("VAULT_ADDR", "https://"+listener.Addr().String())
	ts.Setenv("KUBECONFIG", kubeconfig)
}

const trapConfig = `apiVersion: v1
kind: Config
current-context: trap
contexts: [{name: trap, context: {cluster: trap, user: trap, namespace: default}}]
clusters: [{name: trap, cluster: {server: "https://ADDRESS"}}]
users: [{name: trap, user: {token: nobody}}]
`

func runUntouched(ts *testscript.TestScript, neg bool, _ []string) {
	calls := ts.Value(trapKey{}).(*trap).calls.Load()
	if neg != (calls > 0) {
		ts.Fatalf("%d connections to the trap", calls)
	}
}
