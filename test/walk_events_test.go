package test

import (
	"crypto/tls"
	"encoding/json"
	"io"
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
	got []sent
}

// sent is a request that the decoy got.
type sent struct{ path, token, body string }

func newDecoy(t *testing.T) *decoy {
	t.Helper()
	d := &decoy{}
	pair, err := theStack.certificate(nil, []net.IP{net.IPv4(127, 0, 0, 1)})
	check(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.got = append(d.got, sent{r.URL.Path, r.Header.Get("X-Vault-Token"), string(body)})
		w.WriteHeader(http.StatusForbidden)
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

// audiences are those of a token that was issued; nil: none was.
func (e walkKubeEvent) audiences() ([]string, error) {
	if e.Response.Code != http.StatusCreated {
		return nil, nil
	}
	var request struct {
		Spec struct {
			Audiences []string `json:"audiences"`
		} `json:"spec"`
	}
	err := json.Unmarshal(e.RequestObject, &request)
	return append([]string{}, request.Spec.Audiences...), err
}
