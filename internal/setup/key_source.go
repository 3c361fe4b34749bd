package setup

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Parameters of the jwt method, besides those of a signingkeys.Source.
const (
	staticKeys  = "jwt_validation_pubkeys"
	severalURLs = "jwks_pairs" // instead of a Source
	boundIssuer = "bound_issuer"
	oidcClient  = "oidc_client_id" // its secret is not shown, and a write without it fails
)

// isKeyParameter reports whether a parameter is a part of where the signing keys come from.
func isKeyParameter(name string) bool {
	return slices.Contains(keyParameterNames(), name)
}

func keyParameterNames() []string {
	names := []string{staticKeys, severalURLs, boundIssuer}
	for _, parameter := range signingkeys.Parameters() {
		names = append(names, string(parameter), parameter.CA())
	}
	return names
}

// sourceOf returns where Vault reads signing keys; zero: it has static keys.
func sourceOf(is map[string]any) signingkeys.Source {
	for _, parameter := range signingkeys.Parameters() {
		if url, _ := is[string(parameter)].(string); url != "" {
			ca, _ := is[parameter.CA()].(string)
			return signingkeys.Source{Parameter: parameter, URL: url, CA: ca}
		}
	}
	return signingkeys.Source{}
}

// keyParameters returns the parameters for a source, with the issuer that tokens must have.
func (i Installation) keyParameters(source signingkeys.Source) map[string]any {
	parameters := map[string]any{}
	if i.Cluster.Issuer != "" {
		parameters[boundIssuer] = i.Cluster.Issuer
	}
	if source.Static() {
		parameters[staticKeys] = trimmed(i.Cluster.SigningKeys)
		return parameters
	}
	parameters[string(source.Parameter)] = source.URL
	if source.CA != "" {
		parameters[source.Parameter.CA()] = source.CA
	}
	return parameters
}

// keySource is what setup finds out about the source of signing keys.
type keySource struct {
	is        map[string]any // what Vault has; nil: nothing, or another cluster's
	untouched bool           // it has something that setup cannot write, and stays
	// candidate are the keys of the issuer that setup tries itself; nil: it tries none.
	candidate *signingkeys.Set
	note      string // how Apply ended
	unrevoked error  // why the Vault token of its login may still be valid
}

// KeySourceNote returns what Apply has found out about the source of signing keys; empty: nothing to say.
func (s *Setup) KeySourceNote() string { return s.keySource.note }

// readIssuer reads the issuer of the cluster's tokens, for the method that compares it.
func (s *Setup) readIssuer(ctx context.Context) (err error) {
	i := &s.Installation
	if i.Method != transit.MethodJWT || i.Extends {
		return nil
	}
	i.Cluster.Issuer, err = Issuer(ctx, s.Core)
	return err
}

// chooseKeySource decides where Vault reads the signing keys: as a flag says, else as before, else from the cluster's
// issuer. is is what Vault has for this cluster; unread: the token may not read it, and a later step says so.
func (s *Setup) chooseKeySource(ctx context.Context, is map[string]any, unread bool) error {
	i := &s.Installation
	if i.Method != transit.MethodJWT || i.Extends || unread {
		return nil
	}
	s.keySource.is = is
	now := sourceOf(is)
	switch {
	case !i.Unsaid.KeySource:
		s.useGivenSource(now)
	case !isEmpty(is[severalURLs]) || !isEmpty(is[oidcClient]):
		s.keySource.untouched = true
		s.kept = append(s.kept, Kept{"the configuration of auth/" + i.AuthMount, "--oidc-discovery-url or --jwks-url " +
			"changes it"})
	case !now.Static():
		s.keepSource(now)
	case is != nil || s.foreign:
		if !i.Unsaid.KeyCA {
			return &KeyCAError{AuthMount: i.AuthMount}
		}
		s.noteNewKeys(is)
	default:
		return s.tryIssuer(ctx)
	}
	return nil
}

// useGivenSource keeps the CA certificate of the same URL, and says what changes.
func (s *Setup) useGivenSource(now signingkeys.Source) {
	given := &s.Installation.KeySource
	same := given.URL == now.URL && given.Parameter == now.Parameter
	if s.Installation.Unsaid.KeyCA && same {
		given.CA = now.CA
	}
	if same || s.keySource.is == nil {
		return
	}
	s.notes = append(s.notes, fmt.Sprintf("%s, in place of %s", described(*given), described(now)))
	if now.CA != "" && given.CA == "" {
		s.notes = append(s.notes, fmt.Sprintf("the CA certificate of %s goes with it", now.URL))
	}
}

// described says where Vault gets signing keys.
func described(source signingkeys.Source) string {
	if source.Static() {
		return "static signing keys"
	}
	return fmt.Sprintf("the signing keys at %s (%s)", source.URL, source.Parameter)
}

// keepSource keeps a URL, its CA certificate and the issuer.
func (s *Setup) keepSource(now signingkeys.Source) {
	i := &s.Installation
	s.kept = append(s.kept, Kept{"that Vault reads the signing keys at " + now.URL,
		"--oidc-discovery-url or --jwks-url changes it; an empty one gives Vault the keys themselves"})
	if !i.Unsaid.KeyCA {
		now.CA = i.KeySource.CA
	}
	i.KeySource = now
	bound, _ := s.keySource.is[boundIssuer].(string)
	if bound != "" && bound != i.Cluster.Issuer {
		s.warnings = append(s.warnings, fmt.Sprintf("auth/%s accepts tokens of the issuer %s, and the cluster's "+
			"issuer is %s: --%s %s sets it too", i.AuthMount, bound, i.Cluster.Issuer, flagOf(now.Parameter), now.URL))
		i.Cluster.Issuer = bound
	}
}

// flagOf is the flag for a parameter.
func flagOf(parameter signingkeys.Parameter) string {
	if parameter == signingkeys.Discovery {
		return "oidc-discovery-url"
	}
	return "jwks-url"
}

// noteNewKeys says that static keys have changed, and what saves the next run.
func (s *Setup) noteNewKeys(is map[string]any) {
	before, now := trimmed(stringsOf(is[staticKeys])), trimmed(s.Installation.Cluster.SigningKeys)
	switch {
	case is == nil: // another cluster's configuration is replaced
		s.notes = append(s.notes, "Vault gets static signing keys: "+staticAdvice)
	case !slices.Equal(before, now):
		s.notes = append(s.notes, "the cluster's signing keys have changed, and Vault has static ones: "+staticAdvice)
	}
}

// staticAdvice is what to know about static keys.
const staticAdvice = "when the cluster changes them, logins fail until you run setup; if Vault can read them at a " +
	"URL, specify it with --oidc-discovery-url or --jwks-url"

// KeyCAError reports a CA certificate for signing keys that Vault reads nowhere.
type KeyCAError struct{ AuthMount string }

func (e *KeyCAError) Error() string {
	return fmt.Sprintf("auth/%s has static signing keys, so there is no server for the certificate of --jwks-ca-cert",
		e.AuthMount)
}

// withoutOtherSources adds the parameters of another source as empty, so that a comparison shows that they go.
func (s *Setup) withoutOtherSources(parameters map[string]any) map[string]any {
	parameters = maps.Clone(parameters)
	for _, name := range keyParameterNames() {
		if _, wanted := parameters[name]; wanted || isEmpty(s.keySource.is[name]) {
			continue
		}
		parameters[name] = ""
		if name == staticKeys || name == severalURLs {
			parameters[name] = []string{}
		}
	}
	return parameters
}
