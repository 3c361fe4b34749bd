package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// issuer is a server that publishes the keys of a cluster to everyone, as the issuers of EKS, GKE and AKS do: over
// https, with a CA of its own, at an address that is not the API server's.
type issuer struct {
	url string // the issuer's name
	ca  string // file

	mu     sync.Mutex
	keys   []byte // JSON Web Key Set
	closed bool   // it answers nothing useful
	stuck  bool   // it does not answer
	asked  int    // requests
	later  func() // runs before the first request after `after` requests; nil: never
	after  int

	ended    chan struct{} // closed: nothing waits any longer
	redirect string        // where the document is instead; empty: here
}

// newIssuer listens at this machine's own address: setup asks no issuer on the loopback interface.
func newIssuer(t *testing.T) *issuer {
	t.Helper()
	host := ownAddress(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(host.String(), "0"))
	check(t, err)
	i := &issuer{url: "https://" + listener.Addr().String() + "/id/EXAMPLE", ca: filepath.Join(t.TempDir(), "issuer-ca.crt"),
		keys: []byte(`{"keys": []}`), ended: make(chan struct{})}
	certificate, ca := certificateOfItsOwn(t, host)
	check(t, os.WriteFile(i.ca, ca, 0o600))
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: i, ReadHeaderTimeout: time.Minute},
		TLS: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}}
	server.StartTLS()
	t.Cleanup(func() { close(i.ended); server.Close() })
	return i
}

// ownAddress is one of this machine that other machines can use.
func ownAddress(t *testing.T) net.IP {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	check(t, err)
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
			return network.IP
		}
	}
	t.Fatal("this machine has no network address besides the loopback one")
	return nil
}

// certificateOfItsOwn is a certificate for an address, and its CA in PEM.
func certificateOfItsOwn(t *testing.T, host net.IP) (certificate tls.Certificate, ca []byte) {
	t.Helper()
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true}
	}
	authority, leaf := template("issuer's CA"), template("issuer")
	authority.IsCA, leaf.IPAddresses = true, []net.IP{host}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, caKey.Public(), caKey)
	check(t, err)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	own, err := x509.CreateCertificate(rand.Reader, leaf, authority, key.Public(), caKey)
	check(t, err)
	return tls.Certificate{Certificate: [][]byte{own}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if i.next() {
		select {
		case <-r.Context().Done():
		case <-i.ended:
		}
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.redirect != "":
		http.Redirect(w, r, i.redirect+strings.TrimPrefix(r.URL.Path, "/id/EXAMPLE"), http.StatusFound)
	case i.closed || r.Header.Get("Authorization") != "":
		w.WriteHeader(http.StatusForbidden)
	case r.URL.Path == "/id/EXAMPLE/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.url, "jwks_uri": i.url + "/keys"})
	case r.URL.Path == "/id/EXAMPLE/keys":
		_, _ = w.Write(i.keys)
	default:
		http.NotFound(w, r)
	}
}

// next counts a request, and reports whether it gets no answer.
func (i *issuer) next() (stuck bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	if i.later != nil && i.asked > i.after {
		i.later()
		i.later = nil
	}
	return i.stuck
}

// publish makes the issuer's keys those that API servers publish to users who log in.
func (i *issuer) publish(t *testing.T, servers ...*ownKube) {
	t.Helper()
	type keySet struct {
		Keys []any `json:"keys"`
	}
	var all keySet
	for _, server := range servers {
		core, err := server.core()
		check(t, err)
		text, err := core.RESTClient().Get().AbsPath("/openid/v1/jwks").DoRaw(t.Context())
		check(t, err)
		var set keySet
		check(t, json.Unmarshal(text, &set))
		all.Keys = append(all.Keys, set.Keys...)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = mustJSON(all)
}

// set changes the issuer between requests.
func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

// shut lets the issuer answer 403 to everyone.
func (i *issuer) shut(closed bool) { i.set(func() { i.closed = closed }) }

// change does something after some more requests.
func (i *issuer) change(after int, later func()) {
	i.set(func() { i.after, i.later = i.asked+after, later })
}

func (i *issuer) requests() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// signingFlags are an API server's that signs with the first key, and accepts all of them.
func (i *issuer) signingFlags(keys ...string) []string {
	flags := []string{"--service-account-issuer=" + i.url, "--service-account-jwks-uri=" + i.url + "/keys",
		"--service-account-signing-key-file=" + keys[0]}
	for _, key := range keys {
		flags = append(flags, "--service-account-key-file="+key)
	}
	return flags
}

// restart replaces flags of the API server.
func (k *ownKube) restart(t *testing.T, flags ...string) {
	t.Helper()
	k.Kill()
	k.Args = slices.DeleteFunc(k.Args, func(arg string) bool {
		name, _, _ := strings.Cut(arg, "=")
		return slices.ContainsFunc(flags, func(flag string) bool { return strings.HasPrefix(flag, name+"=") })
	})
	k.Args = append(k.Args, flags...)
	check(t, k.Start())
}
