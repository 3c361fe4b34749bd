package doctor

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestRoleWithoutAudience(t *testing.T) {
	x := newExamined()
	x.flags["vault-auth-method"] = "jwt"
	x.vault.anyAudience = true
	checks := x.checks(t)
	if checks[RoleAudience].Status != Warning {
		t.Errorf("%+v", checks[RoleAudience])
	}
	told := problem[*RoleAudienceError](t, checks[RoleAudience])
	if told.Method != transit.MethodJWT || told.Role != "vaultseal" || told.AuthMount != "jwt" || told.Audience != "vault" {
		t.Errorf("%+v", told)
	}
	if x.vault.logins != 2 || x.vault.revokes != 2 {
		t.Errorf("%d logins, %d revoked", x.vault.logins, x.vault.revokes)
	}
	x.vault.closeErr = errors.New("no answer")
	diagnosis, err := x.run(t)
	if err != nil || diagnosis.Unrevoked == nil || !strings.Contains(diagnosis.Unrevoked.Error(), "role-audience") ||
		strings.Contains(diagnosis.Unrevoked.Error(), "\n") {
		t.Errorf("not revoked: %v, %v", diagnosis.Unrevoked, err)
	}
}

func TestRoleWithAudience(t *testing.T) {
	x := newExamined()
	checks := x.checks(t)
	if checks[RoleAudience].Status != OK || x.vault.logins != 1 || x.vault.revokes != 1 {
		t.Errorf("%+v, %d logins, %d revoked", checks[RoleAudience], x.vault.logins, x.vault.revokes)
	}
}
