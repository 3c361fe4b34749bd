package setup

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	corev1fake "k8s.io/client-go/kubernetes/typed/core/v1/fake"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// fakeVault answers reads with what it holds.
type fakeVault map[string]map[string]any

func (v fakeVault) Read(_ context.Context, path string) (map[string]any, error) { return v[path], nil }

func (v fakeVault) Write(_ context.Context, path string, data map[string]any) (map[string]any, error) {
	v[path] = data
	return nil, nil
}

func (v fakeVault) List(context.Context, string) ([]string, error) { return nil, nil }

func (v fakeVault) Delete(_ context.Context, path string) error {
	delete(v, path)
	return nil
}

func (v fakeVault) Capabilities(context.Context, ...string) (map[string][]string, error) {
	return nil, nil
}

// TestAReviewersTokenIsInVaultOrNot: Vault never shows the reviewer's token, only whether it has one.
func TestAReviewersTokenIsInVaultOrNot(t *testing.T) {
	const set = "token_reviewer_jwt_set"
	vaultsOwn := config.Account{Namespace: "vault", Name: "vault"}
	for name, test := range map[string]struct {
		reviewer config.Account
		shown    map[string]any
		diff     string // a line of it; empty: nothing differs
	}{
		"Vault's own account, no token":                {vaultsOwn, map[string]any{set: false}, ""},
		"Vault's own account, a token that goes first": {vaultsOwn, map[string]any{set: true}, "+" + set + ": false\n"},
		"an account of setup's, its token":             {config.Account{}, map[string]any{set: true}, ""},
		"an account of setup's, its token is gone": {config.Account{}, map[string]any{set: false},
			"+" + set + ": true\n"},
		"a Vault that does not tell": {vaultsOwn, nil, ""},
	} {
		_, accounts := reviewing(lasting(-time.Hour, 100*time.Hour), nil)
		s := Setup{
			Installation: installed(t, "vaultseal/{namespace}"),
			Core:         &corev1fake.FakeCoreV1{Fake: accounts}, Now: func() time.Time { return today },
		}
		s.Installation.Reviewer = test.reviewer
		is := s.Installation.authParameters()
		maps.Copy(is, test.shown)
		s.Vault = fakeVault{"sys/auth": {"kubernetes/": map[string]any{"type": "kubernetes"}},
			"auth/kubernetes/config": is}
		config := s.authConfig()
		change, err := config.inspect(t.Context())
		if err != nil || (change.Diff == "") != (test.diff == "") || !strings.Contains(change.Diff, test.diff) {
			t.Errorf("%s: %v; it differs by\n%s", name, err, change.Diff)
		}
		if err := config.apply(t.Context()); err != nil {
			t.Error(err)
		}
		if _, sent := s.Vault.(fakeVault)["auth/kubernetes/config"][set]; sent {
			t.Errorf("%s: %s is no parameter, and was written", name, set)
		}
	}
}
