package transit

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// NotVaultError says that the server at the address is not Vault, or that Vault is not at its path.
type NotVaultError struct {
	Op, Address string
	HasPath     bool // the address has a path
}

func (e *NotVaultError) Error() string {
	if e.HasPath {
		return fmt.Sprintf("%s: there is no Vault at %s", e.Op, e.Address)
	}
	return fmt.Sprintf("%s: the server at %s is not Vault", e.Op, e.Address)
}

// Unwrap makes it an ErrUnreachable: Vault itself has not answered.
func (e *NotVaultError) Unwrap() error { return ErrUnreachable }

func (c *Client) noVault(r *request) error {
	return &NotVaultError{Op: r.op, Address: c.address(), HasPath: c.path() != ""}
}

// path is that of the address.
func (c *Client) path() string { return strings.Trim(c.base.Path, "/") }

// checkVault checks a refusal of the first request, so that a server that is not Vault, or a wrong path, is not
// reported as missing rights. Vault answers "permission denied" below /v1/v1/ (tried on 1.21).
func (c *Client) checkVault(ctx context.Context, r *request, a *answer) error {
	if a == nil || r.anyStatus || c.outage.served.Load() || a.status < 400 || a.status >= 500 ||
		a.status == http.StatusRequestEntityTooLarge || a.status == http.StatusTooManyRequests {
		return nil
	}
	if _, ok := a.messages(); !ok || len(a.body) == 0 {
		return c.noVault(r)
	}
	if c.path() == "" {
		return nil
	}
	health := healthRequest()
	if answered, err := c.sendOnce(ctx, health); err == nil {
		if _, ok := answered.health(); !ok {
			return c.noVault(r)
		}
	}
	return nil // the refusal stands
}
