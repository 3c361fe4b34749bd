package engine

import (
	"context"
	"maps"
	"slices"
	"sync"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Login says how to log in to Vault.
type Login struct {
	Method transit.Method
	Mount  string
	Role   string
	// Account is the account whose token is exchanged for a Vault token.
	Account config.Account
	// Audience of that token.
	Audience string
	// TokenFile is the path of a projected token to use instead of TokenRequest.
	TokenFile string
	// Token is a Vault token for transit.MethodToken. It is never revoked.
	Token func() string
}

// LoginOf is the Login of a configuration.
func LoginOf(auth config.Auth) Login {
	return Login{
		Method:    auth.Method.Value,
		Mount:     auth.Mount.Value,
		Role:      auth.Role.Value,
		Account:   auth.ServiceAccount.Value,
		Audience:  auth.Audience.Value,
		TokenFile: auth.TokenFile.Value,
		Token:     auth.Token,
	}
}

// Sessions are the Vault sessions of a Client, one for each ServiceAccount. They are safe for concurrent use.
type Sessions struct {
	client   *transit.Client
	accounts corev1client.ServiceAccountsGetter
	login    Login

	mu        sync.Mutex
	closed    bool
	byAccount map[config.Account]*transit.Session
}

// NewSessions returns Sessions. It contacts no server; the first use does.
func NewSessions(client *transit.Client, accounts corev1client.ServiceAccountsGetter, login Login) *Sessions {
	return &Sessions{client: client, accounts: accounts, login: login, byAccount: map[config.Account]*transit.Session{}}
}

// For is the session for the Secrets of a namespace.
func (s *Sessions) For(namespace string) *transit.Session {
	account := s.login.Account.In(namespace)
	if s.login.TokenFile != "" || s.login.Method == transit.MethodToken {
		account = config.Account{} // one identity for all namespaces
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.byAccount[account]
	if session == nil {
		session = s.client.NewSession(s.login.Auth(s.accounts, namespace))
		s.byAccount[account] = session
		if s.closed {
			_ = session.Close(context.Background()) // it has no token yet, so nothing is sent
		}
	}
	return session
}

// Auth is the authentication of a session for the Secrets of a namespace. Its JWT requests a ServiceAccount token and
// keeps it in memory until shortly before it expires, or reads the token file each time. It fails with
// *kube.TokenAudienceError for a token that the API server would accept.
func (l Login) Auth(accounts corev1client.ServiceAccountsGetter, namespace string) transit.Auth {
	auth := transit.Auth{Method: l.Method, Mount: l.Mount, Role: l.Role}
	switch {
	case l.Method == transit.MethodToken:
		auth.Token = l.Token()
	case l.TokenFile != "":
		auth.JWT = kube.ProjectedToken(accounts, l.TokenFile)
	default:
		auth.JWT = kube.RequestedToken(accounts, l.Account.In(namespace), l.Audience)
	}
	return auth
}

// Close revokes the Vault tokens of all sessions, concurrently.
func (s *Sessions) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	sessions := slices.Collect(maps.Values(s.byAccount))
	s.mu.Unlock() // no one must wait for Vault with the lock
	failures := make(chan error, len(sessions))
	for _, session := range sessions {
		go func() { failures <- session.Close(ctx) }()
	}
	var errs []error
	for range sessions {
		errs = append(errs, <-failures)
	}
	return oneLine(errs)
}
