package doctor

import (
	"errors"
	"fmt"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestFirstCause(t *testing.T) {
	refused := fmt.Errorf("log in: %w", transit.ErrUnauthenticated)
	for name, c := range map[string]struct {
		change func(*examined)
		want   ID
		count  int
		needs  string
	}{
		"nothing": {func(*examined) {}, "", 0, ""},
		"the API server": {func(x *examined) { x.cluster[versionPath] = unauthorized }, APIServer,
			12, "the API server"},
		"the API server and Vault": {func(x *examined) {
			x.cluster[versionPath], x.vault.lookErr = unauthorized, errors.New("no route")
		}, APIServer, 15, "the API server and a connection to Vault"},
		"Vault, and a right on Secrets that is missing": {func(x *examined) {
			x.cluster[reviewPath], x.vault.lookErr = reviewed(false), errors.New("no route")
		}, VaultAddress, 12, "a connection to Vault"},
		"nothing configured": {func(x *examined) { clear(x.flags) }, Configuration,
			13, "Vault's address"},
		"a login": {func(x *examined) { x.vault.tokenErr = refused }, VaultLogin, 9, "a login to Vault"},
		"a right to read the key": {func(x *examined) {
			x.vault.capabilities = func(path string) []string {
				if path == "transit/keys/app" {
					return []string{"deny"}
				}
				return []string{"update"}
			}
			x.vault.keyErr = transit.ErrDenied
		}, MayReadKey, 1, "a transit key that can seal"},
		"a key that is not there": {func(x *examined) {
			x.vault.capabilities = func(string) []string { return []string{"deny"} }
			x.vault.keyErr = transit.ErrDenied
		}, TransitKey, 1, "a transit key that can seal"},
		"rights that are not known": {func(x *examined) { x.vault.capabilitiesErr = transit.ErrDenied }, "",
			5, "the right to ask sys/capabilities-self"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined()
			c.change(x)
			diagnosis, err := x.run(t)
			if err != nil {
				t.Fatal(err)
			}
			if diagnosis.FirstCause != c.want {
				t.Errorf("first is %q, want %q", diagnosis.FirstCause, c.want)
			}
			if count, needs := diagnosis.NotMade(); count != c.count || needs != c.needs {
				t.Errorf("%d not made, which need %q; want %d, %q", count, needs, c.count, c.needs)
			}
			if first := diagnosis.First(); (first == nil) != (c.want == "") || first != nil && first.ID != c.want {
				t.Errorf("the first check is %v", first)
			}
		})
	}
}

func TestTokenForAnotherAudienceExplainsTheLogin(t *testing.T) {
	token := Check{ID: AccountToken, Status: Warning, problems: []error{&TokenFileError{Audience: "vault"}}}
	login := Check{ID: VaultLogin, Status: Failed, problems: []error{transit.ErrUnauthenticated}}
	if got := firstCause([]Check{token, login}); got != AccountToken {
		t.Errorf("first is %q", got)
	}
	login.problems = []error{transit.ErrUnreachable}
	if got := firstCause([]Check{token, login}); got != VaultLogin {
		t.Errorf("the token does not explain this, first is %q", got)
	}
}
