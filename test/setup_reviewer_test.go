package test

import (
	"strings"
	"testing"
)

// TestSetupSaysWhenTheReviewersTokenEnds: an API server that limits tokens to a day, as EKS does, grants the reviewer
// no more. Logins would fail from the next day on.
func TestSetupSaysWhenTheReviewersTokenEnds(t *testing.T) {
	t.Parallel()
	const words = "the reviewer's token, with which Vault checks logins, ends at "
	for life, want := range map[string]bool{"24h": true, "10000h": false} {
		kube := newOwnKube(t, "--service-account-max-token-expiration="+life)
		s := newSetupNamespace(t)
		s.kubeconfig = kube.kubeconfig
		_, stderr, err := s.run(t, "setup", "--config-namespace="+s.system, "--vault-auth-mount="+s.mount,
			"--vault-addr="+theStack.vaultAddr, "--vault-ca-cert="+theStack.vaultCA)
		if err != nil {
			t.Errorf("%s: %v: %s", life, err, stderr)
		}
		if strings.Contains(stderr, words) != want {
			t.Errorf("%s: %s", life, stderr)
		}
	}
}
