package engine

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// OtherKeyError says that a Secret is annotated with another transit key than the configured one of its namespace, and
// that it was therefore not opened or not sealed.
type OtherKeyError struct {
	Namespace, Name       string
	Annotated, Configured transit.Key
	// Of is the namespace whose configured key the annotated key is; empty: none is known.
	Of string
	// Bound reports whether by their annotation the entries open in one namespace only.
	Bound bool
	// Err is Vault's answer to opening the Secret. Nil: the Secret was to be sealed; Vault was not asked, because
	// plaintext is sealed with the configured key only.
	Err error
}

func (e *OtherKeyError) Error() string {
	keys := fmt.Sprintf("its annotation names transit key %s, and the key configured for %s is %s",
		e.Annotated, e.Namespace, e.Configured)
	switch {
	case e.Err == nil:
		return keys // the caller names the Secret
	case e.Of != "":
		return fmt.Sprintf("secret %s/%s: sealed for another namespace: %s", e.Namespace, e.Name, keys)
	}
	return fmt.Sprintf("%v: %s", e.Err, keys)
}

func (e *OtherKeyError) Unwrap() error { return e.Err }

// otherKey compares the key of a Secret with the configured one; nil: they are the same, or none is configured.
func (c *Client) otherKey(secret sealed.Secret) *OtherKeyError {
	var other *OtherKeyError
	if configured, err := c.configuredKey(secret.Namespace); err == nil && configured != secret.Key {
		other = &OtherKeyError{Namespace: secret.Namespace, Name: secret.Name, Annotated: secret.Key,
			Configured: configured}
		other.Of, _ = c.keys.NamespaceOf(secret.Key)
		other.Bound = secret.Scope == sealed.Strict || secret.Scope == sealed.NamespaceWide
	}
	return other
}

// explain adds to an error of Vault that the Secret has another key than the configured one. Then a denial is right,
// and a Secret that does not authenticate is not damaged. Without another key, it adds what may have changed the place
// of a Secret that does not authenticate. from is the place that it was sealed for; zero: not known.
func (c *Client) explain(secret sealed.Secret, err error, from sealed.Place) error {
	denied := errors.Is(err, transit.ErrDenied)
	if !denied && !unauthentic(err) && !errors.Is(err, transit.ErrKeyNotFound) {
		return err
	}
	other := c.otherKey(secret)
	if other == nil || !denied && other.Of == "" {
		return explainMoved(secret, err, from)
	}
	other.Err = err
	return other
}

// unauthentic reports whether Vault could use the key, but a ciphertext was sealed with another key or for another
// place.
func unauthentic(err error) bool {
	return errors.Is(err, transit.ErrTampered) || errors.Is(err, transit.ErrContextRequired) ||
		errors.Is(err, transit.ErrVersionTooNew)
}

// UnconfiguredKeyError says that only the annotation of a Secret names a transit key for new plaintext. Everyone who
// may edit the Secret can write the annotation. It is also an ErrNoTransitKey.
type UnconfiguredKeyError struct {
	Namespace, Name string
	Annotated       transit.Key
}

func (e *UnconfiguredKeyError) Error() string {
	return fmt.Sprintf("no transit key is configured; its annotation names %s, but an annotation does not "+
		"choose what to seal with",
		e.Annotated)
}

func (e *UnconfiguredKeyError) Unwrap() error { return ErrNoTransitKey }

// keyToSeal is keyOf for a Secret that gets new plaintext. A key that only an annotation names must not seal new
// plaintext, because everyone who may edit the Secret can write the annotation.
func (c *Client) keyToSeal(secret sealed.Secret) (transit.Key, error) {
	key, err := c.keyOf(secret)
	if err != nil {
		return key, err
	}
	if c.keys.IsZero() {
		return key, &UnconfiguredKeyError{Namespace: secret.Namespace, Name: secret.Name, Annotated: key}
	}
	secret.Key = key
	if other := c.otherKey(secret); other != nil {
		return key, other
	}
	return key, nil
}
