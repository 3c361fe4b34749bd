package kube

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// TokenLifetime is for how long tokens are requested: the minimum that Kubernetes allows.
const TokenLifetime = 600 * time.Second

// tokenMargin is how long before its expiry a ServiceAccount token is requested again.
const tokenMargin = 30 * time.Second

// tokenRequest requests tokens of one ServiceAccount, and keeps one in memory until shortly before the expiry that
// TokenRequest returned.
type tokenRequest struct {
	accounts corev1client.ServiceAccountsGetter
	account  config.Account
	audience string
	now      func() time.Time

	mu      sync.Mutex
	token   string
	expires time.Time
}

func (t *tokenRequest) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && t.now().Before(t.expires.Add(-tokenMargin)) {
		return t.token, nil
	}
	seconds := int64(TokenLifetime / time.Second)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	if t.audience != "" {
		request.Spec.Audiences = []string{t.audience}
	}
	answer, err := t.accounts.ServiceAccounts(t.account.Namespace).CreateToken(ctx, t.account.Name, request,
		metav1.CreateOptions{})
	if err != nil {
		failure := Classify(err)
		if apierrors.IsNotFound(err) {
			failure = &kindError{ErrAccountNotFound, err}
		}
		return "", &AccountError{Account: t.account, Err: failure}
	}
	t.token, t.expires = answer.Status.Token, answer.Status.ExpirationTimestamp.Time
	return t.token, nil
}

// tokenFile reads a projected token at each login, because kubelet replaces it.
type tokenFile string

func (path tokenFile) get(ctx context.Context) (string, error) {
	content, err := config.ReadFile(ctx, string(path))
	if err != nil {
		return "", fmt.Errorf("ServiceAccount token: %w", err)
	}
	token := bytes.TrimSpace(content)
	if len(token) == 0 {
		return "", fmt.Errorf("ServiceAccount token: %s is empty", path)
	}
	return string(token), nil
}
