package setup

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Vault are the operations that setup needs in Vault; *transit.Session implements it.
type Vault interface {
	Read(ctx context.Context, path string) (map[string]any, error)
	Write(ctx context.Context, path string, data map[string]any) (map[string]any, error)
	List(ctx context.Context, path string) ([]string, error)
	Delete(ctx context.Context, path string) error
	Capabilities(ctx context.Context, paths ...string) (map[string][]string, error)
}

// setting is the wanted state of one path in Vault.
type setting struct {
	vault Vault
	kind  string // "policy"
	at    string // the path that is written
	what  string // its displayed name; empty: the path
	// read returns the current data, nil for nothing.
	read func(ctx context.Context) (map[string]any, error)
	// data is the wanted data. Other parameters in Vault do not matter, except for shows.
	data func(ctx context.Context) (map[string]any, error)
	// shows are wanted values that Vault shows in place of a value that it hides. They are compared if Vault returns
	// them.
	shows map[string]any
	// refuse returns why the current data must not be changed; nil: it can be.
	refuse func(is, want map[string]any) error
	// optional is the note if the token cannot write it; empty: that is an error.
	optional string
	// fixed: it is never changed after its creation.
	fixed bool
	// credential is sent with data, and never compared or shown; nil: none.
	credential *credential
}

func (s setting) name() string {
	if s.what != "" {
		return "vault " + s.kind + " " + s.what
	}
	return "vault " + s.kind + " " + s.at
}

func (s setting) inspect(ctx context.Context) (Change, error) {
	is, err := s.read(ctx)
	if err != nil {
		return Change{}, err
	}
	want, err := s.data(ctx)
	if err != nil {
		return Change{}, err
	}
	if is == nil {
		return Change{Action: Create, Diff: diffYAML(nil, canonical(want))}, nil
	}
	if s.refuse != nil {
		if err := s.refuse(is, want); err != nil {
			return Change{}, fmt.Errorf("%s: %w", s.name(), err)
		}
	}
	if s.fixed {
		return Change{}, nil
	}
	want = maps.Clone(want)
	for name, value := range s.shows {
		if _, said := is[name]; said {
			want[name] = value
		}
	}
	diff := diffYAML(part(is, want), canonical(want))
	if diff == "" && s.credential != nil {
		diff, err = s.credential.due(ctx)
		if err != nil {
			return Change{}, err
		}
	}
	if diff == "" {
		return Change{}, nil
	}
	return Change{Action: Configure, Diff: diff}, nil
}

// needs returns the capabilities, of which one is enough.
func (s setting) needs() (path string, any []string) { return s.at, []string{"update", "create"} }

func (s setting) apply(ctx context.Context) error {
	data, err := s.data(ctx)
	if err != nil {
		return err
	}
	data = maps.Clone(data)
	if s.credential != nil {
		if data[s.credential.parameter], err = s.credential.issue(ctx); err != nil {
			return err
		}
	}
	if _, err := s.vault.Write(ctx, s.at, data); err != nil {
		return err
	}
	if s.credential != nil {
		return s.credential.keep(ctx)
	}
	return nil
}

// path reads the data at a path.
func path(vault Vault, path string) func(context.Context) (map[string]any, error) {
	return func(ctx context.Context) (map[string]any, error) { return vault.Read(ctx, path) }
}

// mount reads one line of Vault's list of mounts, sys/mounts or sys/auth.
func mount(vault Vault, list, at string) func(context.Context) (map[string]any, error) {
	return func(ctx context.Context) (map[string]any, error) {
		mounts, err := vault.Read(ctx, list)
		if err != nil {
			return nil, err
		}
		found, _ := mounts[at+"/"].(map[string]any)
		return found, nil
	}
}

func constant(data map[string]any) func(context.Context) (map[string]any, error) {
	return func(context.Context) (map[string]any, error) { return data, nil }
}

// first returns a refusal that combines several: the first error counts.
func first(refusals ...func(is, want map[string]any) error) func(is, want map[string]any) error {
	return func(is, want map[string]any) error {
		for _, refuse := range refusals {
			if err := refuse(is, want); err != nil {
				return err
			}
		}
		return nil
	}
}

// otherType refuses a mount of another type.
func otherType(is, want map[string]any) error {
	if is["type"] != want["type"] {
		return fmt.Errorf("there is one of type %v, which is not changed: specify another mount", is["type"])
	}
	return nil
}

// unsuitable refuses a key that cannot bind entries to their place.
func unsuitable(is, _ map[string]any) error {
	if derived, _ := is["derived"].(bool); !derived {
		return ErrNotDerived
	}
	if convergent, _ := is["convergent_encryption"].(bool); convergent {
		return ErrConvergent
	}
	if kind, _ := is["type"].(string); kind != keyType {
		info := transit.KeyInfo{Type: kind}
		return info.CheckSealing()
	}
	return nil
}

// Why setup does not use a transit key that exists.
var (
	// ErrNotDerived: the key binds no ciphertext to its place.
	ErrNotDerived = errors.New("the key exists and is not derived, so ciphertext would open wherever it is copied " +
		"to, and that cannot be changed")
	// ErrConvergent: the key shows which values are equal.
	ErrConvergent = errors.New("the key is convergent, so equal values would have equal ciphertexts")
)

const keyType = "aes256-gcm96"
