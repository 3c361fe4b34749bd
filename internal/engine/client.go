package engine

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// DefaultConcurrency is the default number of Secrets that are written at once. Of 8 to 64, the API server is fastest
// with 64, and uses no more memory or CPU (docs/performance.md).
const DefaultConcurrency = 64

// vault is what the engine needs of Vault. *transit.Session implements it.
type vault interface {
	Login(ctx context.Context) error
	Encrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error)
	Decrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error)
	Rewrap(ctx context.Context, key transit.Key, atLeast int, items []transit.Item) ([]transit.Result, error)
	Key(ctx context.Context, key transit.Key) (transit.KeyInfo, error)
	Rotate(ctx context.Context, before transit.KeyInfo) (transit.KeyInfo, error)
	SetMinVersions(ctx context.Context, key transit.Key, to transit.MinVersions) error
	MountDescription(ctx context.Context, mount string) (string, error)
	Serving(ctx context.Context) error
}

// Options configure a Client.
type Options struct {
	// Store has the Secrets. Required.
	Store Store
	// Sessions are the logins to Vault. Required; the Client closes them.
	Sessions *Sessions
	// TransitKey is the configured key: Create seals with it, Rotate rotates it, and a Secret without the annotation
	// has it.
	TransitKey sealed.KeyTemplate
	// PinTransitKey makes it an error if a named Secret is annotated with another transit key.
	PinTransitKey bool
	// Concurrency is the number of Secrets that are written at once; 0 means DefaultConcurrency.
	Concurrency int
	// LeastScope makes it an error (*ScopeError) to open entries with a weaker scope; Unbound accepts all. Vault proves
	// the scope in the request that opens. The annotation alone is no proof.
	LeastScope sealed.Scope
}

// Client seals, opens, rotates and verifies Secrets. It is as safe for concurrent use as its Store.
type Client struct {
	store       Store
	vault       func(namespace string) vault
	close       func(ctx context.Context) error
	keys        sealed.KeyTemplate
	pinned      bool
	concurrency int
	leastScope  sealed.Scope
	derived     *derivedKeys
	// originsAsked counts the Secrets whose origin Vault was asked for.
	originsAsked *atomic.Int32
	pause        func(context.Context, time.Duration) error // between attempts at a write
	now          func() time.Time
}

// NewClient returns a Client. It contacts no server.
func NewClient(options Options) *Client {
	client := &Client{
		store:        options.Store,
		vault:        func(namespace string) vault { return options.Sessions.For(namespace) },
		close:        options.Sessions.Close,
		keys:         options.TransitKey,
		pinned:       options.PinTransitKey,
		concurrency:  options.Concurrency,
		leastScope:   options.LeastScope,
		derived:      &derivedKeys{},
		originsAsked: &atomic.Int32{},
		pause:        kube.Sleep,
		now:          time.Now,
	}
	if client.concurrency == 0 {
		client.concurrency = DefaultConcurrency
	}
	return client
}

// Close revokes the Vault tokens of the Client. You can call it more than once.
func (c *Client) Close(ctx context.Context) error { return c.close(ctx) }

// keyOf returns the transit key of an existing Secret: the one in its annotation, else the configured one. It fails
// with *KeyMismatchError if another key is pinned, and with ErrNoTransitKey if no key is specified.
func (c *Client) keyOf(secret sealed.Secret) (transit.Key, error) {
	if !secret.Annotated() {
		return c.configuredKey(secret.Namespace)
	}
	if !c.pinned {
		return secret.Key, nil
	}
	pinned, err := c.configuredKey(secret.Namespace)
	if err == nil && pinned != secret.Key {
		err = &KeyMismatchError{Namespace: secret.Namespace, Name: secret.Name, Annotated: secret.Key, Wanted: pinned}
	}
	return secret.Key, err
}

func (c *Client) configuredKey(namespace string) (transit.Key, error) {
	if c.keys.IsZero() {
		return transit.Key{}, ErrNoTransitKey
	}
	return c.keys.For(namespace)
}

// alongsideLogin reads from Kubernetes while it logs in to Vault. If both fail it returns the error of the read: a
// missing Secret matters more than a failed login.
func alongsideLogin(ctx context.Context, v vault, read func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	login := make(chan error, 1)
	go func() { login <- v.Login(ctx) }()
	if err := read(ctx); err != nil {
		return err
	}
	return <-login
}

// keyIn is keyOf for a Secret of a selection. A pinned key must match only Secrets that are named. In a list it is the
// key of those without an annotation.
func (c *Client) keyIn(secret sealed.Secret, selection Selection) (transit.Key, error) {
	if len(selection.Names) == 0 && secret.Annotated() {
		return secret.Key, nil
	}
	return c.keyOf(secret)
}
