package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// signingKeys verifies the ServiceAccount token with the keys in Vault's configuration. It needs a token that may read
// that, which users do not have. Key IDs are not compared: keys in PEM have none.
func (e *examination) signingKeys(ctx context.Context) finding {
	mount := e.auth.Mount
	if e.AuthConfig == nil {
		return skipped("not checked: VAULT_TOKEN is not set, and auth/%s/config shows the keys to administrators only",
			name{aMount, mount})
	}
	jwt, err := e.auth.JWT(ctx)
	if err != nil {
		return skipped("not known: %v", err)
	}
	is, err := e.AuthConfig(ctx, mount)
	switch {
	case errors.Is(err, transit.ErrDenied):
		return skipped("not known: the token in VAULT_TOKEN may not read auth/%s/config", name{aMount, mount})
	case err != nil:
		return skipped("not known: %v", err)
	case is == nil:
		return failed(&SigningKeysError{AuthMount: mount, Problem: NoKeys})
	case is["jwks_pairs"] != nil && fmt.Sprint(is["jwks_pairs"]) != "[]":
		return skipped("not checked: auth/%s/config has several URLs (jwks_pairs)", name{aMount, mount})
	}
	return verifySigningKeys(ctx, mount, jwt, is)
}

// verifySigningKeys verifies a token with the keys of a configuration, and compares its issuer.
func verifySigningKeys(ctx context.Context, mount, jwt string, is map[string]any) finding {
	text := func(parameter string) string { value, _ := is[parameter].(string); return value }
	problem, at := UnknownStaticKey, ""
	set, err := staticSet(is["jwt_validation_pubkeys"])
	for _, parameter := range signingkeys.Parameters() {
		source := signingkeys.Source{Parameter: parameter, URL: text(string(parameter)), CA: text(parameter.CA())}
		if source.Static() {
			continue
		}
		if signingkeys.CheckURL(parameter, source.URL) != nil {
			found := ok("Vault reads them at %s", name{anAddress, source.URL})
			found.worry(&SigningKeysError{AuthMount: mount, Problem: UnsafeURL, At: source.URL})
			return found
		}
		problem, at = UnknownReadKey, source.URL
		set, err = readSet(ctx, source)
	}
	if err != nil {
		return skipped("not known: the keys of auth/%s/config cannot be read here: %v", name{aMount, mount}, err)
	}
	issuer, err := set.Verify(jwt)
	switch bound := text("bound_issuer"); {
	case errors.Is(err, signingkeys.ErrUnknownKey):
		return failed(&SigningKeysError{AuthMount: mount, Problem: problem, At: at, Keys: set.Len()})
	case err != nil:
		return skipped("not known: %v", err)
	case bound != "" && bound != issuer:
		return failed(&SigningKeysError{AuthMount: mount, Problem: OtherIssuer, At: bound, Issuer: issuer})
	case bound == "":
		found := verified(mount, at, set)
		found.worry(&SigningKeysError{AuthMount: mount, Problem: AnyIssuer})
		return found
	}
	return verified(mount, at, set)
}

func verified(mount, at string, set signingkeys.Set) finding {
	if at != "" {
		return ok("the token verifies with a key at %s, which Vault reads", name{anAddress, at})
	}
	return ok("the token verifies with one of %d static keys in auth/%s/config", set.Len(), name{aMount, mount})
}

// staticSet reads the keys in a configuration.
func staticSet(value any) (signingkeys.Set, error) {
	list, _ := value.([]any)
	texts := make([]string, 0, len(list))
	for _, one := range list {
		texts = append(texts, fmt.Sprint(one))
	}
	return signingkeys.ParsePEM(texts)
}

// readSet reads the keys at the URL as Vault does. This machine may not reach it.
func readSet(ctx context.Context, source signingkeys.Source) (signingkeys.Set, error) {
	fetcher, err := signingkeys.NewFetcher(strings.TrimSpace(source.CA), false)
	if err != nil {
		return signingkeys.Set{}, err
	}
	return fetcher.Read(ctx, source)
}
