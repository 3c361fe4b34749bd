package engine

import (
	"context"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// DefaultConcurrency is how many Secrets are written at once where nothing
// else is given: measured with 8 to 64 (docs/performance.md), the API server is
// fastest with most, and memory and CPU are no more.
const DefaultConcurrency = 64

// vault is what the engine needs of Vault; *transit.Session is one.
type vault interface {
	Login(ctx context.Context) error
	Encrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error)
	Decrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error)
	Rewrap(ctx context.Context, key transit.Key, atLeast int, items []transit.Item) ([]transit.Result, error)
	Key(ctx context.Context, key transit.Key) (transit.KeyInfo, error)
	Rotate(ctx context.Context, before transit.KeyInfo) (transit.KeyInfo, error)
	SetMinVersions(ctx context.Context, key transit.Key, to transit.MinVersions) error
	Serving(ctx context.Context) error
}

// Options are what a Client works with and how.
type Options struct {
	// Store is where the Secrets are. Required.
	Store Store
	// Sessions are the logins to Vault. Required; the Client closes them.
	Sessions *Sessions
	// TransitKey is what Create seals with, what Rotate rotates, and which key
	// a Secret without the annotation has.
	TransitKey sealed.KeyTemplate
	// PinTransitKey makes a named Secret that is annotated with another
	// transit key an error.
	PinTransitKey bool
	// Concurrency is how many Secrets are written at once; 0 is DefaultConcurrency.
	Concurrency int
	// LeastScope makes it an error (*ScopeError) to open what is bound to less; Unbound accepts all. Vault proves the
	// scope in the request that opens: the annotation alone counts for nothing.
	LeastScope sealed.Scope
}

// Client seals, opens, rotates and verifies Secrets. It is safe for
// concurrent use.
type Client struct {
	store       Store
	vault       func(namespace string) vault
	close       func(ctx context.Context) error
	keys        sealed.KeyTemplate
	pinned      bool
	concurrency int
	leastScope  sealed.Scope
	derived     *derivedKeys
	pause       func(context.Context, time.Duration) error // between attempts at a write
}

// NewClient makes a Client. It contacts nobody.
func NewClient(options Options) *Client {
	client := &Client{
		store:       options.Store,
		vault:       func(namespace string) vault { return options.Sessions.For(namespace) },
		close:       options.Sessions.Close,
		keys:        options.TransitKey,
		pinned:      options.PinTransitKey,
		concurrency: options.Concurrency,
		leastScope:  options.LeastScope,
		derived:     &derivedKeys{},
		pause:       kube.Sleep,
	}
	if client.concurrency == 0 {
		client.concurrency = DefaultConcurrency
	}
	return client
}

// Close revokes what the Client logged in with. It may be called more than once.
func (c *Client) Close(ctx context.Context) error { return c.close(ctx) }

// keyOf is the transit key of an existing Secret: the one in its annotation,
// else the configured one. It fails with *KeyMismatchError when the pinned key
// is another, and with ErrNoTransitKey when nobody says which it is.
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

// alongsideLogin reads Kubernetes while it logs in to Vault, and lets the read's error
// win: that a Secret does not exist matters more than who may open it.
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

// keyIn is keyOf for a Secret of a selection. A pinned key speaks of Secrets
// that are named; in a list it only says which key the unannotated ones have.
func (c *Client) keyIn(secret sealed.Secret, selection Selection) (transit.Key, error) {
	if len(selection.Names) == 0 && secret.Annotated() {
		return secret.Key, nil
	}
	return c.keyOf(secret)
}
