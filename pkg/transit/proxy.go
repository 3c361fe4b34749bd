package transit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// Proxy leads to Vault. TLS goes through it from end to end. The zero Proxy is none. Its text never shows the user and
// password of its URL.
type Proxy struct{ url *url.URL }

// noProxy is the text of the zero Proxy.
const noProxy = "none"

// ParseProxy reads "http://[USER:PASSWORD@]HOST[:PORT]", with https, socks5 or socks5h as well, or "none".
func ParseProxy(text string) (Proxy, error) {
	if text == "" || text == noProxy {
		return Proxy{}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return Proxy{}, errWantProxy
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return Proxy{&url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}}, nil
	}
	return Proxy{}, errWantProxy
}

// errWantProxy quotes nothing: the URL may have a password.
var errWantProxy = errors.New("want http://HOST:PORT, https://HOST:PORT, socks5://HOST:PORT or none")

// IsZero reports whether there is no proxy.
func (p Proxy) IsZero() bool { return p.url == nil }

// HasUser reports whether the URL has a user, and perhaps a password.
func (p Proxy) HasUser() bool { return p.url != nil && p.url.User != nil }

// String is the URL without user and password.
func (p Proxy) String() string {
	if p.url == nil {
		return ""
	}
	return p.url.Scheme + "://" + p.url.Host
}

// Format shows String, whatever the verb.
func (p Proxy) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// MarshalText is String.
func (p Proxy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// ProxyError is a proxy's refusal to connect to Vault, or what is wrong with its own connection.
type ProxyError struct {
	Status int // of its answer; 0: none
	Err    error
}

func (e *ProxyError) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("the proxy answered %d to CONNECT", e.Status)
	}
	return "connect to the proxy: " + e.Err.Error()
}

// Unwrap returns what is wrong with the connection to the proxy.
func (e *ProxyError) Unwrap() error { return e.Err }

// unavailable reports whether the proxy could not reach Vault.
func (e *ProxyError) unavailable() bool {
	return e.Status == http.StatusBadGateway || e.Status == http.StatusServiceUnavailable ||
		e.Status == http.StatusGatewayTimeout
}

// checkConnect is http.Transport's OnProxyConnectResponse.
func checkConnect(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Status: resp.StatusCode}
}

// dialProxy connects to a proxy over TLS. It verifies the proxy's certificate with the system's pool.
func (c *connector) dialProxy(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	dialer := tls.Dialer{NetDialer: c.dialer.NetDialer, Config: &tls.Config{MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, &ProxyError{Err: errors.New(err.Error())} // its certificate is not Vault's
	}
	return conn, nil
}

// proxied makes a transport's connections go through the proxy.
func (c *connector) proxied(t *http.Transport) *http.Transport {
	t.Proxy = http.ProxyURL(c.proxy.url)
	t.OnProxyConnectResponse = checkConnect
	t.TLSClientConfig = c.dialer.Config.Clone()
	t.TLSHandshakeTimeout = handshakeTimeout
	t.DialTLSContext = nil
	if c.proxy.url.Scheme == "https" {
		t.DialTLSContext = c.dialProxy // which is not called for Vault
	}
	return t
}

// shownThrough is shown through a proxy.
func (c *Client) shownThrough(ctx context.Context, config *tls.Config) error {
	transport := c.connector.transport()
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig = config
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, c.address(), http.NoBody)
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(req) // the handshake fails, so it is never sent
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}
