package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// TokenAudienceError reports a ServiceAccount token that is not sent to Vault, because the API server would accept it:
// Vault's operator could act as the ServiceAccount.
type TokenAudienceError struct {
	// Audience is the API server's audience; empty: the token has none.
	Audience string
	// File is the file of the token; empty: the token was requested for Account.
	File    string
	Account config.Account
}

func (e *TokenAudienceError) Error() string {
	what := "the token of ServiceAccount " + e.Account.String()
	if e.File != "" {
		what = "the token in " + e.File
	}
	if e.Audience == "" {
		return what + " has no audience, so the API server accepts it: it is not sent to Vault"
	}
	return fmt.Sprintf("%s has the API server's audience %s: it is not sent to Vault", what, e.Audience)
}

// tokenSource returns a ServiceAccount token.
type tokenSource func(context.Context) (string, error)

// RequestedToken requests tokens of an account with the audience from the API server, and keeps each in memory until
// shortly before it expires. A token that the API server would accept is a *TokenAudienceError.
func RequestedToken(accounts corev1client.ServiceAccountsGetter, account config.Account,
	audience string) func(context.Context) (string, error) {
	request := &tokenRequest{accounts: accounts, account: account, audience: audience, now: time.Now}
	return tokenSource(request.get).forVault(apiServerOf(accounts), TokenAudienceError{Account: account})
}

// ProjectedToken returns the token in a file, which it reads each time. A token that the API server would accept is a
// *TokenAudienceError.
func ProjectedToken(accounts corev1client.ServiceAccountsGetter, path string) func(context.Context) (string, error) {
	return tokenSource(tokenFile(path).get).forVault(apiServerOf(accounts), TokenAudienceError{File: path})
}

// NamespaceOfToken returns the namespace of the ServiceAccount whose projected token is in a file. Nothing is verified.
// The error does not quote the file.
func NamespaceOfToken(ctx context.Context, path string) (string, error) {
	token, err := tokenFile(path).get(ctx)
	if err != nil {
		return "", err
	}
	var claims struct {
		Kubernetes struct {
			Namespace string `json:"namespace"`
		} `json:"kubernetes.io"`
	}
	parsed, err := jwt.ParseSigned(token, signatures())
	if err == nil {
		err = parsed.UnsafeClaimsWithoutVerification(&claims)
	}
	if err != nil {
		return "", fmt.Errorf("%s holds no ServiceAccount token", path)
	}
	if claims.Kubernetes.Namespace == "" {
		return "", fmt.Errorf("the token in %s names no namespace", path)
	}
	return claims.Kubernetes.Namespace, nil
}

// forVault refuses tokens that the API server would accept. origin adds where the token came from.
func (get tokenSource) forVault(apiServer string, origin TokenAudienceError) tokenSource {
	return func(ctx context.Context) (string, error) {
		token, err := get(ctx)
		if err != nil {
			return "", err
		}
		audience, accepted, err := apiAudience(token, apiServer)
		switch {
		case err != nil && origin.File != "":
			return "", fmt.Errorf("%s holds no ServiceAccount token", origin.File)
		case err != nil:
			return "", fmt.Errorf("the API server's answer holds no token of ServiceAccount %s", origin.Account)
		case accepted:
			origin.Audience = audience
			return "", &origin
		}
		return token, nil
	}
}

// apiAudience returns the token's first audience that is the API server's, and whether the API server accepts the
// token: it also accepts one without an audience. Nothing is verified. The error, for text that is not a JWT, does not
// quote it.
func apiAudience(token, apiServer string) (audience string, accepted bool, err error) {
	parsed, err := jwt.ParseSigned(token, signatures())
	if err != nil {
		return "", false, err
	}
	var claims jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return "", false, err
	}
	if len(claims.Audience) == 0 {
		return "", true, nil
	}
	at := slices.IndexFunc(claims.Audience,
		func(audience string) bool { return isAPIServer(audience, claims.Issuer, apiServer) })
	if at < 0 {
		return "", false, nil
	}
	return claims.Audience[at], true, nil
}

// isAPIServer reports whether an audience is the API server's. By default that is the tokens' issuer. Clusters also use
// the API server's address and its names in the cluster (--api-audiences).
func isAPIServer(audience, issuer, apiServer string) bool {
	name := spelled(audience)
	host, _, _ := strings.Cut(name, "/")
	host, _, _ = strings.Cut(host, ":")
	switch {
	case name == spelled(issuer), apiServer != "" && name == spelled(apiServer):
		return true
	case slices.Contains([]string{"kubernetes", "kubernetes.default", "kubernetes.default.svc"}, host):
		return true
	}
	// audiences of these distributions
	return strings.HasPrefix(host, "kubernetes.default.svc.") || name == "k3s" || name == "rke2"
}

// spelled normalises an audience: lower case, without scheme, default port and trailing slashes.
func spelled(audience string) string {
	text := strings.Trim(strings.ToLower(audience), " \t\r\n\"'")
	if _, rest, found := strings.Cut(text, "://"); found {
		text = rest
	}
	host, path, _ := strings.Cut(text, "/")
	host = strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ".")
	if path = strings.Trim(path, "/"); path != "" {
		return host + "/" + path
	}
	return host
}

// signatures are all algorithms of a JWT, because Vault judges the signature.
func signatures() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.PS384, jose.PS512,
		jose.EdDSA,
	}
}

// apiServerOf returns the API server's address; empty: unknown.
func apiServerOf(accounts corev1client.ServiceAccountsGetter) string {
	core, known := accounts.(interface{ RESTClient() rest.Interface })
	if !known {
		return ""
	}
	client, made := core.RESTClient().(*rest.RESTClient)
	if !made || client == nil {
		return ""
	}
	return client.Get().URL().Host
}
