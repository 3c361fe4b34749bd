package doctor

import (
	"context"
	"testing"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// TestEnforcement: a broken check is a warning with its problem, and asks about the configured key and namespace.
func TestEnforcement(t *testing.T) {
	x := newExamined()
	is := Enforcement{Status: OK, State: "deny"}
	var asked string
	x.enforcement = func(_ context.Context, _ corev1client.CoreV1Interface, ns string,
		keys sealed.KeyTemplate,
	) Enforcement {
		asked = ns + " " + keys.String()
		return is
	}
	checks := x.checks(t)
	want(t, checks, nil)
	if checks[Enforced].Summary != "deny in namespace team-a" || asked != "team-a transit/app" {
		t.Errorf("%+v, asked about %s", checks[Enforced], asked)
	}

	is = Enforcement{Status: Warning, Reason: "no policy"}
	checks = x.checks(t)
	want(t, checks, map[ID]Status{Enforced: Warning})
	contains(t, problem[*EnforcementError](t, checks[Enforced]).Error(), "stored in namespace team-a: no policy")
}
