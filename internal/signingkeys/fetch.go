package signingkeys

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	wellKnown = "/.well-known/openid-configuration"
	// mostBytes of an answer are read.
	mostBytes = 1 << 20
	// patience is the time limit of one request: a cluster's issuer is often not reachable from here.
	patience = 10 * time.Second
)

// Fetcher reads keys anonymously over https. It follows no redirect and uses no proxy: a proxy of this machine says
// nothing about what Vault reaches.
type Fetcher struct {
	client    *http.Client
	elsewhere bool
}

// NewFetcher returns a Fetcher that trusts the PEM certificates, or the system's CAs if there are none. With elsewhere
// it does not connect to this machine or to addresses of one network link, where a URL that others chose means another
// server for Vault, or a service that serves everything on this machine.
func NewFetcher(ca string, elsewhere bool) (*Fetcher, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		if err := CheckCA([]byte(ca)); err != nil {
			return nil, fmt.Errorf("the CA certificate: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM([]byte(ca))
	}
	dialer := &net.Dialer{Timeout: patience}
	if elsewhere {
		dialer.Control = refuseOwn
	}
	client := &http.Client{
		Timeout: patience,
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: config, DisableKeepAlives: true,
			ForceAttemptHTTP2: true, MaxResponseHeaderBytes: mostBytes},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Fetcher{client, elsewhere}, nil
}

// refuseOwn looks at the address that a name was resolved to, so that no name can lead around it.
func refuseOwn(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errors.New("the address is invalid")
	}
	switch ip := at.Addr().Unmap(); {
	case ip.IsLoopback(), ip.IsUnspecified(), ip.IsLinkLocalUnicast(), ip.IsMulticast():
		return fmt.Errorf("%s is an address of this machine or of its own link", ip)
	}
	return nil
}

// Read reads the keys of a source, as Vault does.
func (f *Fetcher) Read(ctx context.Context, source Source) (Set, error) {
	at := source.URL
	if source.Parameter == Discovery {
		document, err := f.discover(ctx, source.URL)
		if err != nil {
			return Set{}, err
		}
		at = document.Keys
	}
	return f.keys(ctx, at)
}

// ReadIssuer reads the keys of an issuer whose name came from a cluster. Its document must be the issuer's own, and
// name keys on the same server: nothing else decides where requests go.
func (f *Fetcher) ReadIssuer(ctx context.Context, issuer string) (Set, error) {
	if err := CheckURL(Discovery, issuer); err != nil {
		return Set{}, err
	}
	own, err := url.Parse(issuer)
	if err != nil || own.Scheme != "https" {
		return Set{}, errors.New("want an https:// URL")
	}
	if f.elsewhere && IsOwnHost(own.Hostname()) {
		return Set{}, fmt.Errorf("%s means another machine for Vault", own.Host)
	}
	document, err := f.discover(ctx, issuer)
	if err != nil {
		return Set{}, err
	}
	if err := CheckURL(JWKS, document.Keys); err != nil {
		return Set{}, fmt.Errorf("jwks_uri of %s: %w", issuer+wellKnown, err)
	}
	keys, err := url.Parse(document.Keys)
	if err != nil || keys.Scheme != "https" || !strings.EqualFold(keys.Host, own.Host) {
		return Set{}, fmt.Errorf("its document names keys on another server, %.200s", keys.Host)
	}
	return f.keys(ctx, document.Keys)
}

// document is the part of an issuer's metadata (OpenID Connect Discovery) that is used.
type document struct {
	Issuer string `json:"issuer"`
	Keys   string `json:"jwks_uri"`
}

func (f *Fetcher) discover(ctx context.Context, issuer string) (document, error) {
	at := strings.TrimSuffix(issuer, "/") + wellKnown
	text, err := f.get(ctx, at)
	if err != nil {
		return document{}, err
	}
	var found document
	switch err := json.Unmarshal(text, &found); {
	case err != nil:
		return document{}, fmt.Errorf("%s is not a document of an issuer", at)
	case found.Issuer != issuer: // Vault compares it too
		return document{}, fmt.Errorf("%s is the document of another issuer, %.200q", at, found.Issuer)
	}
	return found, nil
}

func (f *Fetcher) keys(ctx context.Context, at string) (Set, error) {
	text, err := f.get(ctx, at)
	if err != nil {
		return Set{}, err
	}
	set, err := ParseJWKS(text)
	if err != nil {
		return Set{}, fmt.Errorf("the key set at %s: %w", at, err)
	}
	return set, nil
}

func (f *Fetcher) get(ctx context.Context, at string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, errors.New("the URL is invalid")
	}
	request.Header.Set("Accept", "application/json, application/jwk-set+json")
	answer, err := f.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", at, cause(err))
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read %s: it answers %d", at, answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", at, cause(err))
	case len(text) > mostBytes:
		return nil, fmt.Errorf("read %s: its answer has more than %d bytes", at, mostBytes)
	}
	return text, nil
}

// cause leaves out the URL that net/http puts before the reason.
func cause(err error) error {
	var failed *url.Error
	switch {
	case errors.As(err, &failed) && failed.Timeout():
		return fmt.Errorf("no answer within %s", patience)
	case errors.As(err, &failed):
		return failed.Err
	}
	return err
}
