package doctor

import (
	"slices"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

func TestSecretRights(t *testing.T) {
	x := newExamined()
	contains(t, x.checks(t)[SecretRights].Summary, "get, list, create and patch in namespace team-a")
	x.part = config.Rotator
	contains(t, x.checks(t)[SecretRights].Summary, "get, list and patch in all namespaces")

	x.cluster[reviewPath] = reviewed(false)
	checks := x.checks(t)
	want(t, checks, map[ID]Status{SecretRights: Failed, LeastPrivilege: Warning})
	missing := problem[*SecretRightsError](t, checks[SecretRights])
	if !slices.Equal(missing.Needed, []string{"get", "list", "patch"}) || missing.Part != config.Rotator ||
		missing.Namespace != "team-a" {
		t.Errorf("%+v", missing)
	}
	x.part = config.Sealer
	diagnosis, err := x.run(t)
	if err != nil || !diagnosis.Denied() {
		t.Errorf("%v, %+v", err, diagnosis.Checks)
	}
}

// TestSecretRightsUnknown: a user who cannot read the rights gets no warning.
func TestSecretRightsUnknown(t *testing.T) {
	x := newExamined()
	x.cluster[reviewPath] = forbidden
	want(t, x.checks(t), map[ID]Status{SecretRights: Skipped})
}
