package transit

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// maxAnswer bounds an answer, in bytes. The answer to a batch of MaxBatchBytes is somewhat larger than the request.
const maxAnswer = 32 << 20

// request is one call of Vault's API.
type request struct {
	op     string // for errors: "decrypt with transit key transit/app"
	method string
	path   string // below /v1/, of checked segments
	body   []byte // JSON or nil
	key    Key    // for errors; zero for login and revocation

	token string // Vault token, set by the session
	jwt   string // of a login, so that it can be kept out of errors
	role  string // of a login, for errors

	login           bool
	once            bool // not idempotent: sent again only when Vault has not acted
	divisible       bool // its sender can send less at a time
	checkedBySender bool // its sender looks at what was done before it sends it again
	urgent          bool // does not wait for other requests' quotas
	anyStatus       bool // an answer of any status is what was asked for
	uninterrupted   bool // once sent, its answer is awaited although ctx ends: it may hold a token to revoke
	active          bool // a standby that lags must ask the active node

	rootNamespace bool // answered there only, whatever namespace the client works in
}

func (r *request) secrets() []string { return []string{r.token, r.jwt} }

// answer is Vault's answer, whatever its status.
type answer struct {
	status int
	header http.Header
	body   []byte
	from   string        // address
	asked  time.Duration // how long to wait, says Retry-After; 0: it does not
	waited time.Duration // for how long the request was sent again
}

// sendOnce sends r once. Its error is a *CertificateError, an *UnreachableError or an *EndedError.
func (c *Client) sendOnce(ctx context.Context, r *request) (*answer, error) {
	parent := ctx
	if r.uninterrupted {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	pool := c.pools.take()
	defer c.pools.put(pool)
	a, err := c.send(pool.with(ctx), parent, r)
	if r.failureOf(a, err).otherNodeMayServe() {
		c.pools.replace(pool)
	}
	return a, err
}

// send is sendOnce over the pool that ctx names. Parent is the caller's context.
func (c *Client) send(ctx, parent context.Context, r *request) (*answer, error) {
	// GotConn comes after the TLS handshake. From then on the request may reach Vault.
	var reached, written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { reached.Store(true); written.Store(false) },
		WroteRequest: func(info httptrace.WroteRequestInfo) { written.Store(info.Err == nil) },
	})
	req, err := c.httpRequest(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.op, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		err = c.transportError(parent, r, err, reached.Load())
		if unreachable, ok := err.(*UnreachableError); ok { //nolint:errorlint // it is not wrapped yet
			unreachable.unwritten = reached.Load() && !written.Load()
		}
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	c.states.record(resp.Header)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, c.transportError(parent, r, err, true)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("%s: vault's answer is larger than %d MiB", r.op, maxAnswer>>20)
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return nil, c.redirectError(r, resp)
	}
	a := &answer{status: resp.StatusCode, header: resp.Header, body: body, from: c.address()}
	a.asked, _ = retryAfter(resp.Header.Get("Retry-After"), c.now())
	return a, nil
}

func (c *Client) httpRequest(ctx context.Context, r *request) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base.JoinPath("v1", r.path).String(), body)
	if err != nil {
		return nil, errors.New("cannot build the request")
	}
	req.Header.Set(headerRequest, "true")
	req.Header.Set("User-Agent", c.userAgent)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.namespace != "" && !r.rootNamespace {
		req.Header.Set(headerNamespace, c.namespace)
	}
	if r.token != "" {
		req.Header.Set(headerToken, r.token)
	}
	if r.active {
		req.Header.Set(headerInconsistent, "forward-active-node")
	}
	c.states.require(req.Header)
	return req, nil
}

// transportError says why there is no answer, without the URL and verb that net/http adds.
func (c *Client) transportError(parent context.Context, r *request, err error, reached bool) error {
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	if cert := c.certificateError(r, err); cert != nil {
		return cert
	}
	if !r.uninterrupted && parent.Err() != nil {
		return &EndedError{Op: r.op, Reached: reached, Err: parent.Err()}
	}
	unreachable := &UnreachableError{
		Op: r.op, Address: c.address(), Proxy: c.connector.proxy.String(), AmbientProxy: c.ambientProxy,
		Err: err, reached: reached,
	}
	var notTLS tls.RecordHeaderError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		unreachable.Reason, unreachable.Err, unreachable.late = NotReached, nil, true
		unreachable.Detail = fmt.Sprintf("no answer within %s", c.timeout)
		if !reached {
			unreachable.Detail = fmt.Sprintf("no connection within %s", min(c.timeout, handshakeTimeout))
		}
	case errors.As(err, &notTLS), err.Error() == "http: server gave HTTP response to HTTPS client":
		unreachable.Reason = NotTLS
	case !reached:
		unreachable.Reason = NotReached
	}
	return unreachable
}

// redirectError refuses a redirect, because following it would send the token and the plaintext to an address that is
// not configured.
func (c *Client) redirectError(r *request, resp *http.Response) error {
	to, standby := "elsewhere", false
	if location, err := resp.Location(); err == nil && location.Host != "" {
		to = "to " + clean(location.Scheme+"://"+location.Host, r.secrets())
		// A standby that cannot forward a request redirects it to the active node, with the path it has.
		standby = resp.StatusCode == http.StatusTemporaryRedirect && location.Path == resp.Request.URL.Path
	}
	return &UnreachableError{
		Op: r.op, Address: c.address(), Reason: Redirected, reached: true, standby: standby,
		Detail: fmt.Sprintf("it redirects %s (status %d), which is not followed", to, resp.StatusCode),
	}
}
