package doctor

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Vault is a Vault before a login.
type Vault interface {
	Look(ctx context.Context) (transit.Peer, error)
	Health(ctx context.Context) (transit.Health, error)
	NewSession(auth transit.Auth) Session
}

// Session is a login to Vault.
type Session interface {
	Token(ctx context.Context) (transit.TokenInfo, error)
	Product(ctx context.Context, mount string) (transit.Product, error)
	Capabilities(ctx context.Context, paths ...string) (map[string][]string, error)
	Key(ctx context.Context, key transit.Key) (transit.KeyInfo, error)
	Encrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error)
	Decrypt(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error)
	Rewrap(ctx context.Context, key transit.Key, atLeast int, items []transit.Item) ([]transit.Result, error)
	Close(ctx context.Context) error
}

// At returns the Vault that a client connects to.
func At(client *transit.Client) Vault { return at{client} }

type at struct{ *transit.Client }

func (a at) NewSession(auth transit.Auth) Session { return a.Client.NewSession(auth) }
