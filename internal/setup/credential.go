package setup

import (
	"context"
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

const (
	// reviewerTokenLife is the requested lifetime; the API server may grant less.
	reviewerTokenLife = 365 * 24 * time.Hour
	// expiresAnnotation on the reviewer's account is the expiry of the token in Vault, in RFC 3339.
	expiresAnnotation = "vaultseal.dev/token-expires"
	issuedAnnotation  = "vaultseal.dev/token-issued"
	// tokenFieldManager owns both, because setup's other manager would remove them when it applies the account without
	// them.
	tokenFieldManager = FieldManager + "-token"
)

// credential is the reviewer's token, which Vault stores and never shows.
type credential struct {
	parameter string // in Vault's configuration
	accounts  corev1client.ServiceAccountInterface
	now       func() time.Time

	issued, expires time.Time
}

// due returns why a new token is needed: there is no record of one, or most of its life is over. Empty: no new token is
// needed.
func (c *credential) due(ctx context.Context) (string, error) {
	account, err := c.accounts.Get(ctx, reviewerName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "+the reviewer's token\n", nil
	}
	if err != nil {
		return "", fmt.Errorf("read ServiceAccount %s: %w", reviewerName, kube.Classify(err))
	}
	issued, expires := when(account.Annotations[issuedAnnotation]), when(account.Annotations[expiresAnnotation])
	if expires.IsZero() {
		return "+the reviewer's token\n", nil
	}
	if c.now().After(issued.Add(expires.Sub(issued) / 2)) {
		return fmt.Sprintf("-the reviewer's token until %s\n+a new one\n", expires.UTC().Format(time.RFC3339)), nil
	}
	return "", nil
}

// issue requests a token.
func (c *credential) issue(ctx context.Context) (string, error) {
	seconds := int64(reviewerTokenLife / time.Second)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	answer, err := c.accounts.CreateToken(ctx, reviewerName, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("create a token for ServiceAccount %s: %w", reviewerName, kube.Classify(err))
	}
	c.issued, c.expires = c.now(), answer.Status.ExpirationTimestamp.Time
	return answer.Status.Token, nil
}

// ReviewerNote returns what Apply has found out about the reviewer's token; empty: nothing to say.
func (s *Setup) ReviewerNote() string { return s.reviewerNote }

// reviewerNote says when a new token of the reviewer ends, if that is well before the requested end: the API server can
// limit the lifetime to a day.
func reviewerNote(step step) string {
	setting, _ := step.(setting)
	c := setting.credential
	if c == nil || c.expires.IsZero() || c.expires.Sub(c.issued) > reviewerTokenLife*9/10 {
		return ""
	}
	return fmt.Sprintf("the API server limits how long tokens are valid: the reviewer's token, with which Vault "+
		"checks logins, ends at %s. Run setup again before that, or set up the method jwt, which does not need it",
		c.expires.UTC().Format(time.RFC3339))
}

// keep records the expiry of the issued token.
func (c *credential) keep(ctx context.Context) error {
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q,%q:%q}}}`,
		issuedAnnotation, c.issued.UTC().Format(time.RFC3339), expiresAnnotation, c.expires.UTC().Format(time.RFC3339))
	_, err := c.accounts.Patch(ctx, reviewerName, types.MergePatchType, []byte(patch),
		metav1.PatchOptions{FieldManager: tokenFieldManager})
	if err != nil {
		return fmt.Errorf("record the end of the token of ServiceAccount %s: %w", reviewerName, kube.Classify(err))
	}
	return nil
}

// when reads a time from an annotation; the zero Time if there is none.
func when(text string) time.Time {
	at, _ := time.Parse(time.RFC3339, text)
	return at
}
