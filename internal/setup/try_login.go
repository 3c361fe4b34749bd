package setup

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// LoginSession logs in to Vault; *transit.Session implements it.
type LoginSession interface {
	Login(ctx context.Context) error
	Close(ctx context.Context) error // revokes the token
}

// TryLogin logs in once as a user of the first namespace, and revokes that token at once. It repeats a refused login,
// because changes in Vault may take a moment. Its error is a *LoginError, or one of the API server's: with
// transit.ErrDenied the administrator cannot create a token of the account, so the login was not tested. It adds an
// error if the token could not be revoked.
func (s *Setup) TryLogin(ctx context.Context, written bool) (unrevoked, err error) {
	unrevoked, err = s.tryLogin(ctx, sealerName, config.Account{Name: sealerName}, written)
	if unrevoked == nil {
		unrevoked = s.keySource.unrevoked
	}
	return unrevoked, err
}

// TryWorkloadLogins does the same as each of Workloads, until one fails. With kube.ErrAccountNotFound an account does
// not exist yet.
func (s *Setup) TryWorkloadLogins(ctx context.Context, written bool) (unrevoked, err error) {
	for _, account := range s.workloads() {
		if unrevoked, err = s.tryLogin(ctx, account.WorkloadRole(), account, written); unrevoked != nil || err != nil {
			return unrevoked, err
		}
	}
	return nil, nil
}

func (s *Setup) tryLogin(ctx context.Context, role string, account config.Account,
	written bool) (unrevoked, err error) {
	i := s.Installation
	login := engine.Login{Method: i.Method, Mount: i.AuthMount, Role: role, Account: account, Audience: i.Audience}
	session := s.NewSession(login.Auth(s.Core, i.Namespaces[0]))
	err = session.Login(ctx)
	if written && errors.Is(err, transit.ErrUnauthenticated) {
		again := wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Steps: 6} // about three seconds
		_ = wait.ExponentialBackoffWithContext(ctx, again, func(ctx context.Context) (bool, error) {
			err = session.Login(ctx)
			return !errors.Is(err, transit.ErrUnauthenticated), nil
		})
	}
	if err == nil {
		return session.Close(ctx), nil
	}
	_ = session.Close(ctx) // it has no token
	var failed *kube.AccountError
	if errors.As(err, &failed) {
		return nil, err
	}
	return nil, s.loginError(err)
}

func (s *Setup) loginError(err error) *LoginError {
	failed := &LoginError{Err: err}
	if s.Installation.Method == transit.MethodKubernetes {
		failed.Host = s.Installation.Cluster.Host
	}
	return failed
}

// LoginError reports that everything was created, but a login fails.
type LoginError struct {
	Err  error
	Host string // of the API server that Vault must reach; empty: it does not have to
}

func (e *LoginError) Error() string {
	return "everything above was created and stays, but a login with it fails: " + e.Err.Error()
}

// Unwrap returns why the login failed.
func (e *LoginError) Unwrap() error { return e.Err }
