package test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A given server is a Vault or an OpenBao that the stack did not start: it has no audit log of the stack's and no
// certificate of its CA. takeGivenVault puts a proxy before it that gives the tests both: they run unchanged.

// takeGivenVault makes the proxy the stack's Vault. It ends with the tests.
func (s *stack) takeGivenVault() error {
	var trusted *x509.CertPool // the system's
	if s.vaultCA != "" {
		text, err := os.ReadFile(s.vaultCA)
		if err != nil {
			return err
		}
		if trusted = x509.NewCertPool(); !trusted.AppendCertsFromPEM(text) {
			return fmt.Errorf("%s has no certificate", s.vaultCA)
		}
	}
	next, err := forwardTo(s.vaultAddr, &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 64,
	})
	if err != nil {
		return err
	}
	s.vaultCA = filepath.Join(s.dir, "ca.crt")
	file, err := os.CreateTemp(s.dir, "recorded-audit-*.log")
	if err != nil {
		return err
	}
	s.vaultAudit = file.Name()
	recorder := &auditRecorder{file: file, known: map[string]auditAuth{s.rootToken: {DisplayName: "root"}}}
	p := newProxy(next, recorder.record)
	if err := p.startTLSFor(*s, []string{"localhost"}, net.IPv4(127, 0, 0, 1)); err != nil {
		return err
	}
	s.vaultAddr = p.URL
	return nil
}

// auditRecorder writes what passes a proxy as Vault's file audit device writes it: a line an answer, before the client
// gets the answer. It has what the tests read.
type auditRecorder struct {
	mu    sync.Mutex
	file  *os.File
	known map[string]auditAuth // by token
}

// auditAuth is what Vault knows of a token.
type auditAuth struct {
	Accessor    string            `json:"accessor,omitempty"`
	DisplayName string            `json:"display_name,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	TokenType   string            `json:"token_type,omitempty"`
	TokenTTL    int               `json:"token_ttl,omitempty"` // seconds
	Lease       int               `json:"lease_duration,omitempty"`
}

type auditEvent struct {
	Type    string    `json:"type"`
	Time    time.Time `json:"time"`
	Error   string    `json:"error,omitempty"`
	Auth    auditAuth `json:"auth"`
	Request struct {
		Path      string `json:"path"`
		Operation string `json:"operation"`
	} `json:"request"`
	Response struct {
		Auth *auditAuth `json:"auth,omitempty"`
	} `json:"response"`
}

// record is the rule of a proxy.
func (a *auditRecorder) record(w http.ResponseWriter, r *http.Request, next http.Handler) {
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	if r.Context().Err() == nil {
		if err := a.write(r, answer.Code, answer.Body.Bytes()); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (a *auditRecorder) write(r *http.Request, status int, body []byte) error {
	event := auditEvent{Type: "response", Time: time.Now()}
	event.Request.Path = strings.TrimPrefix(r.URL.Path, "/v1/")
	event.Request.Operation = operationOf(r)
	var said struct {
		Errors []string `json:"errors"`
		Auth   *struct {
			auditAuth

			Token string `json:"client_token"`
		} `json:"auth"`
	}
	_ = json.Unmarshal(body, &said) // an answer may be empty
	if status >= http.StatusBadRequest {
		event.Error = fmt.Sprint(status, " ", strings.Join(said.Errors, "; "))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	event.Auth = a.known[r.Header.Get("X-Vault-Token")]
	if said.Auth != nil && said.Auth.Token != "" {
		made := said.Auth.auditAuth
		made.TokenTTL = made.Lease
		a.known[said.Auth.Token] = made
		event.Response.Auth = &made
	}
	line, err := json.Marshal(event)
	if err != nil {
		return err
	}
	_, err = a.file.Write(append(line, '\n'))
	return err
}

// operationOf is what Vault calls a request.
func operationOf(r *http.Request) string {
	switch {
	case r.Method == "LIST" || r.URL.Query().Get("list") == "true":
		return "list"
	case r.Method == http.MethodGet:
		return "read"
	case r.Method == http.MethodDelete:
		return "delete"
	case r.Method == http.MethodPatch:
		return "patch"
	}
	return "update"
}

// vaultProduct is what a server calls itself, as its administrator sees it, without any code of the plugin's.
func (s stack) vaultProduct() (string, error) {
	mount, err := s.vaultJSON("sys/internal/ui/mounts/cubbyhole")
	if err != nil {
		return "", err
	}
	data, _ := mount["data"].(map[string]any)
	version, _ := data["running_plugin_version"].(string)
	for suffix, product := range map[string]string{"+builtin.vault": "Vault", "+builtin.bao": "OpenBao"} {
		if strings.HasSuffix(version, suffix) {
			return product, nil
		}
	}
	return "", fmt.Errorf("the server is neither Vault nor OpenBao: its engines have version %q", version)
}

// vaultVersion is the server's own.
func (s stack) vaultVersion() (string, error) {
	health, err := s.vaultJSON("sys/health?standbyok=true&perfstandbyok=true")
	if err != nil {
		return "", err
	}
	version, _ := health["version"].(string)
	if version == "" {
		return "", errors.New("the server does not tell its version")
	}
	return version, nil
}

func (s stack) vaultJSON(path string) (map[string]any, error) {
	answer, err := s.vaultRequest(context.Background(), http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	decoder := json.NewDecoder(bytes.NewReader(answer))
	return all, decoder.Decode(&all)
}
