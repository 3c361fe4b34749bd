package test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationv1client "k8s.io/client-go/kubernetes/typed/authentication/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// fakeServerCommands start servers that answer in place of the API server and Vault, as an attacker would:
//
//	fakeserver NAME [ADDRESS]  an API server over plain http whose ConfigMap names the server itself as Vault; it also
//	                           answers as that Vault; its address in $NAME
//	fakevault NAME             the same over TLS, with a certificate of its own, which $NAME_CA names
//	fakereceived NAME          stdout: the connections that were made to it over TLS, and the requests that it got,
//	                           with their bodies
//	tokenowners NAME           stdout: the users that the API server sees in the tokens of these requests
func fakeServerCommands() map[string]command {
	return map[string]command{
		"fakeserver": runFakeServer, "fakevault": runFakeVault, "fakereceived": runFakeReceived,
		"tokenowners": runTokenOwners,
	}
}

// fakeServer is an API server and a Vault of its own.
type fakeServer struct {
	address string

	mu  sync.Mutex
	got []string // METHOD URI, header of tokens, body
}

type fakeServerKey string

func runFakeServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: fakeserver NAME [ADDRESS]")
	}
	address := "127.0.0.1:0"
	if len(args) == 2 {
		address = args[1]
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	for len(args) == 2 && err != nil { // a test elsewhere on this machine may have it for now
		time.Sleep(20 * time.Millisecond)
		listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	}
	ts.Check(err)
	a := &fakeServer{address: "http://" + listener.Addr().String()}
	server := &http.Server{Handler: a, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	ts.Defer(func() { _ = server.Close() })
	fakeServers.Store(fakeServerKey(ts.Getenv("NS")+args[0]), a)
	ts.Setenv(args[0], a.address)
}

// fakeServers are those of all scripts, which run side by side.
var fakeServers sync.Map

func runFakeVault(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fakevault NAME")
	}
	a := &fakeServer{}
	server := httptest.NewUnstartedServer(a)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateActive { // a client has accepted the certificate
			a.record("connection")
		}
	}
	server.StartTLS()
	ts.Defer(server.Close)
	a.address = server.URL
	ca := ts.MkAbs(args[0] + "-ca.crt")
	ts.Check(os.WriteFile(ca,
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	fakeServers.Store(fakeServerKey(ts.Getenv("NS")+args[0]), a)
	ts.Setenv(args[0], a.address)
	ts.Setenv(args[0]+"_CA", ca)
}

func runTokenOwners(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tokenowners NAME")
	}
	config, err := clientcmd.BuildConfigFromFlags("", theStack.kubeconfig)
	ts.Check(err)
	for _, request := range fakeServerNamed(ts, args[0]).requests() {
		for _, jwt := range jwtPattern.FindAllString(request, -1) {
			thief := rest.AnonymousClientConfig(config)
			thief.BearerToken = jwt
			client, err := authenticationv1client.NewForConfig(thief)
			ts.Check(err)
			review, err := client.SelfSubjectReviews().Create(context.Background(),
				&authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
			if err != nil {
				fmt.Fprintln(ts.Stdout(), "nobody:", err)
				continue
			}
			fmt.Fprintln(ts.Stdout(), review.Status.UserInfo.Username)
		}
	}
}

var jwtPattern = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`)

func runFakeReceived(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fakereceived NAME")
	}
	fmt.Fprintln(ts.Stdout(), strings.Join(fakeServerNamed(ts, args[0]).requests(), "\n"))
}

func fakeServerNamed(ts *testscript.TestScript, name string) *fakeServer {
	found, known := fakeServers.Load(fakeServerKey(ts.Getenv("NS") + name))
	if !known {
		ts.Fatalf("no fake server %s", name)
	}
	return found.(*fakeServer)
}

func (a *fakeServer) record(one string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got = append(a.got, one)
}

func (a *fakeServer) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.got)
}

func (a *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.record(fmt.Sprintf("%s %s %q %q", r.Method, r.RequestURI, r.Header.Get("X-Vault-Token"), body))
	w.Header().Set("Content-Type", "application/json")
	code, answer := a.answer(r.Method, r.URL.Path)
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer)
}

// answer is enough for create to come as far as sending its plaintext.
func (a *fakeServer) answer(method, path string) (int, map[string]any) {
	object := func(kind string, rest map[string]any) map[string]any {
		rest["apiVersion"], rest["kind"] = "v1", kind
		return rest
	}
	switch {
	case strings.HasSuffix(path, "/configmaps/vaultseal"):
		return http.StatusOK, object("ConfigMap",
			map[string]any{"data": map[string]string{"vault-addr": a.address, "transit-key": "transit/app"}})
	case strings.HasSuffix(path, "/token"):
		return http.StatusCreated, map[string]any{
			"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
			"status": map[string]any{"token": "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ2YXVsdCJ9.c2ln",
				"expirationTimestamp": "2100-01-01T00:00:00Z"},
		}
	case strings.HasSuffix(path, "/login"):
		return http.StatusOK, map[string]any{"auth": map[string]any{"client_token": "theirs", "lease_duration": 60}}
	case strings.Contains(path, "/v1/transit/keys/"):
		return http.StatusOK, map[string]any{"data": map[string]any{"type": "aes256-gcm96", "derived": true,
			"latest_version": 1}}
	case method == http.MethodGet && strings.HasPrefix(path, "/api/"):
		return http.StatusNotFound, object("Status", map[string]any{"status": "Failure", "reason": "NotFound",
			"code": http.StatusNotFound})
	}
	return http.StatusOK, map[string]any{}
}
