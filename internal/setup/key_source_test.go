package setup

import (
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestStaticKeysInPlaceOfAnotherClusters: with --replace-roles Vault gets static keys, and a note says what they need.
func TestStaticKeysInPlaceOfAnotherClusters(t *testing.T) {
	s := Setup{Installation: Installation{Method: transit.MethodJWT}, ReplaceRoles: true, foreign: true}
	s.Installation.Unsaid.KeySource, s.Installation.Unsaid.KeyCA = true, true
	if err := s.chooseKeySource(t.Context(), nil, false); err != nil {
		t.Fatal(err)
	}
	if !s.Installation.KeySource.Static() || len(s.notes) != 1 || !strings.Contains(s.notes[0], staticAdvice) {
		t.Errorf("%+v, notes %q", s.Installation.KeySource, s.notes)
	}
}
