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

// LoginSession is a session with Vault that logs in; *transit.Session is one.
type LoginSession interface {
	Login(ctx context.Context) error
	Close(ctx context.Context) error // revokes
}

// TryLogin logs in once as a user of the first namespace does, and revokes that at once. What was just written may
// take a moment to count, so a refusal is then asked again. Its error is a *LoginError, or one of the API server's: with
// transit.ErrDenied the administrator may not make a token of the account, and nothing is known. A login that could
// not be revoked is said besides.
func (s *Setup) TryLogin(ctx context.Context, written bool) (unrevoked, err error) {
	i := s.Installation
	login := engine.Login{
		Method: i.Method, Mount: i.AuthMount, Role: sealerName, Account: config.Account{Name: sealerName}, Audience: i.Audience,
	}
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
	var account *kube.AccountError
	if errors.As(err, &account) {
		return nil, err
	}
	failed := &LoginError{Err: err}
	if i.Method == transit.MethodKubernetes {
		failed.Host = i.Cluster.Host
	}
	return nil, failed
}

// LoginError says that everything was made and that a login with it fails.
type LoginError struct {
	Err  error
	Host string // of the API server that Vault must reach; empty: it need not
}

func (e *LoginError) Error() string {
	return "all of the above is made and stays, but a login with it fails: " + e.Err.Error()
}

// Unwrap returns why the login failed.
func (e *LoginError) Unwrap() error { return e.Err }
