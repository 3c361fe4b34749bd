package plugin

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// setupHint is about one error of internal/setup, without those that it wraps.
func setupHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *setup.LoginError:
		return setupLoginHint(e)
	case *setup.DisableError:
		return disableHint(e)
	case *setup.IncompleteError:
		var disabling *setup.DisableError
		if errors.As(e.Err, &disabling) {
			return disableHint(disabling)
		}
		return "what was done stays; mend the cause and run setup again, which does only what is missing"
	}
	return ""
}

// setupLoginHint is about the login that setup tries at its end.
func setupLoginHint(e *setup.LoginError) string {
	const again = "run setup again when it is fixed"
	if e.Host == "" {
		return cmp.Or(typeHint(e.Err), again)
	}
	return "Vault must reach the API server at " + e.Host + ", and its reviewer's token must be good there: --kubernetes-host names the address that Vault reaches, Vault's log says why it failed; " + again
}

// disableHint finishes disabling a key, without another version where one was made.
func disableHint(e *setup.DisableError) string {
	if e.New > 0 {
		return fmt.Sprintf("finish with vault write %s/keys/%s/config min_decryption_version=%d min_encryption_version=%d", e.Key.Mount, e.Key.Name, e.New, e.New)
	}
	if own := typeHint(e.Err); errors.Is(e.Err, transit.ErrDenied) && own != "" {
		return own
	}
	return "run the command again: it makes one more version of the key"
}
