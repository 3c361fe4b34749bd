package test

import (
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// decoy is where hostile values say that Vault is. The stack's CA has signed its certificate.
type decoy struct {
	address string

	mu  sync.Mutex
	got []*http.Request
}

func newDecoy(t *testing.T) *decoy {
	t.Helper()
	d := &decoy{}
	pair, err := theStack.certificate(nil, []net.IP{net.IPv4(127, 0, 0, 1)})
	check(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.got = append(d.got, r)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	d.address = server.URL
	return d
}

// walkVaultEvent is what the walk reads of Vault's audit log.
type walkVaultEvent struct {
	vaultEvent

	Time    time.Time `json:"time"`
	Request struct {
		Path      string          `json:"path"`
		Operation string          `json:"operation"`
		Data      json.RawMessage `json:"data"`
	} `json:"request"`
	Response struct {
		Auth *struct {
			Metadata struct {
				Namespace string `json:"service_account_namespace"`
				Name      string `json:"service_account_name"`
				Role      string `json:"role"`
			} `json:"metadata"`
		} `json:"auth"`
	} `json:"response"`
}

// walkKubeEvent is what it reads of the API server's.
type walkKubeEvent struct {
	tokenRequestEvent

	Received time.Time `json:"requestReceivedTimestamp"`
	Response struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}
