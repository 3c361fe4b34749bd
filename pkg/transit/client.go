package transit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	defaultTimeout   = 30 * time.Second
	defaultUserAgent = "kubectl-vaultseal"
)

// Config says where Vault is and how its certificate is verified.
type Config struct {
	// Address is "https://HOST[:PORT][/PATH]"; "http://" only for a loopback host.
	Address string

	// At most one of these; none: the system's certificate pool.
	CACertPEM          []byte
	CACertFile, CAPath string // a file, or a directory of files, in PEM

	Namespace          string // of Vault Enterprise
	TLSServerName      string // name to ask for and verify in place of the address's host
	InsecureSkipVerify bool

	// Proxy leads to Vault, if any. AmbientProxy is the environment variable of a proxy that is not used: errors
	// mention it.
	Proxy        Proxy
	AmbientProxy string

	ClientCertFile, ClientKeyFile string // both or none, in PEM

	Timeout   time.Duration // of one attempt of a request; 0: 30 s
	UserAgent string

	// Waiting, if set, is called when requests start to wait for Vault, with the reason ("no active node") and the
	// longest wait, and with "" when no request waits. It must return quickly and must not use the client.
	Waiting func(reason string, upTo time.Duration)
}

// Client reaches one Vault. It holds connections and no token, and is safe for concurrent use.
type Client struct {
	base        *url.URL
	http        *http.Client
	pools       *pools
	connector   *connector
	namespace   string
	userAgent   string
	timeout     time.Duration
	states      replicationStates
	outage      outage
	quota       *quota
	waitNotices waitNotices
	bodyLimit   bodyLimit

	ambientProxy string // a variable
	verifiedName string // what Vault's certificate has to cover

	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// NewClient makes a client. It sends nothing.
//
// It reads no environment variables. For this reason, among others, it does not use Vault's own package for Go, whose
// constructor always reads them: it fails on values of VAULT_MAX_RETRIES, VAULT_SKIP_VERIFY, VAULT_CACERT and others
// that it cannot use, and VAULT_TOKEN, VAULT_NAMESPACE and VAULT_HEADERS override what its caller sets. That package
// also costs each program time at its start. The client uses no proxy or SRV record of its environment, and follows no
// redirects.
func NewClient(cfg Config) (*Client, error) {
	base, err := parseAddress(cfg.Address)
	if err != nil {
		return nil, err
	}
	if base.Scheme != "https" && !cfg.Proxy.IsZero() {
		return nil, fmt.Errorf("vault address %s: a proxy works with https:// only", cfg.Address)
	}
	tlsConfig, err := cfg.tls()
	if err != nil {
		return nil, err
	}
	c := &Client{
		base:      base,
		namespace: cfg.Namespace,
		userAgent: cfg.UserAgent,
		timeout:   cfg.Timeout,

		ambientProxy: cfg.AmbientProxy,
		verifiedName: cfg.TLSServerName,

		quota:       newQuota(),
		waitNotices: waitNotices{tell: cfg.Waiting},
		now:         time.Now,
		sleep:       sleep,
	}
	if c.verifiedName == "" {
		c.verifiedName = base.Hostname()
	}
	if c.userAgent == "" {
		c.userAgent = defaultUserAgent
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	c.connector = newConnector(tlsConfig, cfg.Proxy, c.timeout)
	c.pools = newPools(c.connector.transport)
	c.http = &http.Client{
		Transport:     c.pools,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Format shows the address and nothing else.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "vault client for "+c.address())
}

// connectAhead starts the connection that the next request will use.
func (c *Client) connectAhead(ctx context.Context) {
	if c.base.Scheme != "https" || !c.connector.proxy.IsZero() {
		return
	}
	c.connector.connectAhead(ctx, c.hostPort())
}

// CloseIdleConnections closes the connections that no request uses. Later requests open new ones.
func (c *Client) CloseIdleConnections() {
	c.connector.closeUnused()
	c.http.CloseIdleConnections()
}

func (c *Client) address() string { return c.base.String() }

// parseAddress never quotes an address that might hold a password.
func parseAddress(address string) (*url.URL, error) {
	if address == "" {
		return nil, errors.New("vault address is empty")
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return nil, errors.New("vault address: want https://HOST[:PORT]")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("vault address: it must not have a user, a query or a fragment")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && IsLoopback(u.Hostname()):
	case u.Scheme == "http":
		return nil, &PlainHTTPError{Address: address}
	default:
		return nil, fmt.Errorf("vault address %s: want https://HOST[:PORT]", address)
	}
	u = &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if _, err := url.Parse(u.String()); err != nil { // a zone of other bytes than ASCII's
		return nil, errors.New("vault address: want https://HOST[:PORT]")
	}
	return u, nil
}

// PlainHTTPError refuses an address that is neither https nor this machine's.
type PlainHTTPError struct {
	Address string
}

func (e *PlainHTTPError) Error() string {
	return fmt.Sprintf("vault address %s: plain http would show tokens and secrets to the network", e.Address)
}

// IsLoopback reports whether nothing between a program and this host can read plain http. Names other than localhost
// may be resolved to another machine.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
