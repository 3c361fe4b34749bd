package kube

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// fakeAccounts mints numbered tokens that live as long as they say.
type fakeAccounts struct {
	corev1client.ServiceAccountInterface
	namespace string
	now       func() time.Time
	requests  []authenticationv1.TokenRequestSpec
	token     string // in place of numbered ones
}

func (f *fakeAccounts) ServiceAccounts(namespace string) corev1client.ServiceAccountInterface {
	f.namespace = namespace
	return f
}

func (f *fakeAccounts) CreateToken(_ context.Context, _ string, r *authenticationv1.TokenRequest,
	_ metav1.CreateOptions) (*authenticationv1.TokenRequest, error) {
	f.requests = append(f.requests, r.Spec)
	answer := r.DeepCopy()
	answer.Status.Token = cmp.Or(f.token, strings.Repeat("t", len(f.requests)))
	life := time.Duration(*r.Spec.ExpirationSeconds) * time.Second
	answer.Status.ExpirationTimestamp = metav1.NewTime(f.now().Add(life))
	return answer, nil
}

func TestTokenRequestMintsAgainByTheExpiryItWasTold(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	accounts := &fakeAccounts{now: func() time.Time { return now }}
	source := &tokenRequest{accounts: accounts, account: config.Account{Namespace: "ns", Name: "sa"}, audience: "vault",
		now: accounts.now}
	for _, step := range []struct {
		later time.Duration
		want  string
	}{{0, "t"}, {9 * time.Minute, "t"}, {31 * time.Second, "tt"}, {time.Second, "tt"}} {
		now = now.Add(step.later)
		if got, err := source.get(t.Context()); err != nil || got != step.want {
			t.Errorf("after %s: %q, %v", step.later, got, err)
		}
	}
	spec := accounts.requests[0]
	if accounts.namespace != "ns" || *spec.ExpirationSeconds != 600 || len(spec.Audiences) != 1 ||
		spec.Audiences[0] != "vault" {
		t.Errorf("asked for %+v in %s", spec, accounts.namespace)
	}
}

func TestTokenFileIsReadEachTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	for _, content := range []string{"one\n", "two"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := tokenFile(path).get(t.Context()); err != nil || got != strings.TrimSpace(content) {
			t.Errorf("%q, %v", got, err)
		}
	}
	for _, path := range []string{"/does/not/exist", os.DevNull} {
		if _, err := tokenFile(path).get(t.Context()); err == nil {
			t.Errorf("%s gave a token", path)
		}
	}
}
