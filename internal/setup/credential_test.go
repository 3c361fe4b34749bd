package setup

import (
	"errors"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	corev1fake "k8s.io/client-go/kubernetes/typed/core/v1/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

var today = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// reviewing is a credential of an account with these annotations.
func reviewing(annotations map[string]string, err error) (*credential, *clienttesting.Fake) {
	fake := &clienttesting.Fake{}
	fake.AddReactor("get", "serviceaccounts", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Annotations: annotations}}, err
	})
	fake.AddReactor("create", "serviceaccounts", func(action clienttesting.Action) (bool, runtime.Object, error) {
		expires := metav1.NewTime(today.Add(100 * time.Hour))
		return true, &authenticationv1.TokenRequest{Status: authenticationv1.TokenRequestStatus{Token: "REVIEWER-JWT",
			ExpirationTimestamp: expires}}, nil
	})
	accounts := (&corev1fake.FakeCoreV1{Fake: fake}).ServiceAccounts("vaultseal-system")
	return &credential{parameter: reviewerParameter, accounts: accounts, now: func() time.Time { return today }}, fake
}

func lasting(issued, expires time.Duration) map[string]string {
	at := func(d time.Duration) string { return today.Add(d).Format(time.RFC3339) }
	return map[string]string{issuedAnnotation: at(issued), expiresAnnotation: at(expires)}
}

// TestAShortTokenOfTheReviewerIsNoted: the API server grants 100 hours, and a year was requested.
func TestAShortTokenOfTheReviewerIsNoted(t *testing.T) {
	c, _ := reviewing(nil, nil)
	if note := reviewerNote(setting{credential: c}); note != "" {
		t.Errorf("before it is issued: %s", note)
	}
	if _, err := c.issue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if note := reviewerNote(setting{credential: c}); !strings.Contains(note, "ends at 2026-05-05T04:00:00Z") {
		t.Errorf("a short token: %q", note)
	}
	c.expires = today.Add(reviewerTokenLife)
	if note := reviewerNote(setting{credential: c}); note != "" {
		t.Errorf("a token of a year: %s", note)
	}
}

func TestAReviewersTokenIsReplacedHalfWay(t *testing.T) {
	for name, test := range map[string]struct {
		annotations map[string]string
		due         bool
	}{
		"none yet":      {nil, true},
		"unreadable":    {map[string]string{issuedAnnotation: "x", expiresAnnotation: "y"}, true},
		"young":         {lasting(-40*time.Hour, 60*time.Hour), false},
		"past the half": {lasting(-60*time.Hour, 40*time.Hour), true},
		"lapsed":        {lasting(-100*time.Hour, -time.Hour), true},
	} {
		c, _ := reviewing(test.annotations, nil)
		why, err := c.due(t.Context())
		if err != nil || (why != "") != test.due {
			t.Errorf("%s: due = %q, %v; want it due: %t", name, why, err, test.due)
		}
	}
	c, _ := reviewing(nil, apierrors.NewNotFound(schema.GroupResource{Resource: "serviceaccounts"}, reviewerName))
	if why, err := c.due(t.Context()); err != nil || why == "" {
		t.Errorf("no account yet: %q, %v", why, err)
	}
	c, _ = reviewing(nil, apierrors.NewForbidden(schema.GroupResource{Resource: "serviceaccounts"}, reviewerName, nil))
	if _, err := c.due(t.Context()); !errors.Is(err, transit.ErrDenied) {
		t.Errorf("may not look: %v", err)
	}
}

func TestTheEndOfATokenIsRecordedAndTheTokenIsNot(t *testing.T) {
	c, fake := reviewing(nil, nil)
	token, err := c.issue(t.Context())
	if err != nil || token != "REVIEWER-JWT" {
		t.Fatalf("issue: %v", err)
	}
	if err := c.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	patch := fake.Actions()[len(fake.Actions())-1].(clienttesting.PatchAction)
	text := string(patch.GetPatch())
	if !strings.Contains(text, "2026-05-05T04:00:00Z") || !strings.Contains(text, "2026-05-01T00:00:00Z") ||
		strings.Contains(text, token) {
		t.Errorf("recorded %s", text)
	}
}
