package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestForbiddenTokenRequest(t *testing.T) {
	x := newExamined()
	x.cluster[tokenPath] = forbidden
	diagnosis, err := x.run(t)
	if err != nil || !diagnosis.Denied() || diagnosis.Count(Failed) != 1 || x.vault.logins != 0 {
		t.Errorf("%v, %+v", err, diagnosis)
	}
}

func TestTokenFiles(t *testing.T) {
	good := `{"sub":"system:serviceaccount:a:b","aud":"vault","exp":1795525200}`
	for name, c := range map[string]struct {
		content string
		want    Status
		says    string
	}{
		"good":    {plantedJWT(good), OK, "system:serviceaccount:a:b in "},
		"forever": {plantedJWT(`{"sub":"s","aud":["vault"]}`), OK, "audience vault"},
		"audience": {plantedJWT(`{"sub":"s","aud":["other","third"],"exp":1795525200}`), Warning,
			"audience other, third, until 2026-11-24T13:00:00Z; the audience should be vault"},
		"expired": {plantedJWT(`{"sub":"s","aud":["vault"],"exp":1795521600}`), Failed,
			"has expired at 2026-11-24T12:00:00Z"},
		"junk":  {"planted-junk", Failed, "holds no ServiceAccount token"},
		"empty": {" \n", Failed, "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			x := newExamined()
			x.connectErr = errors.New("no kubeconfig") // which a token file does not need
			x.flags["service-account-token-file"] = path
			checks := x.checks(t)
			if checks[AccountToken].Status != c.want {
				t.Errorf("%+v, want %s", checks[AccountToken], c.want)
			}
			contains(t, checks[AccountToken].Summary, c.says)
			if skipped := checks[VaultLogin].Status == Skipped; skipped != (c.want == Failed) {
				t.Errorf("login: %+v", checks[VaultLogin])
			}
		})
	}
}

func TestTokenFromOutsideNeedsNoAccount(t *testing.T) {
	x := newExamined()
	x.flags["vault-auth-method"] = "token"
	x.env["VAULT_TOKEN"] = plantedToken
	checks := x.checks(t)
	want(t, checks, map[ID]Status{AccountToken: Skipped})
	if _, found := checks[MayRevoke]; found {
		t.Error("the right to revoke it is asked for")
	}
	x.vault.tokenErr = transit.ErrDenied
	want(t, x.checks(t), map[ID]Status{AccountToken: Skipped, VaultLogin: Warning})
	x.vault.tokenErr, x.vault.token.TTL = nil, time.Hour
	want(t, x.checks(t), map[ID]Status{AccountToken: Skipped, VaultLogin: Warning})

	delete(x.env, "VAULT_TOKEN")
	checks = x.checks(t)
	if checks[Configuration].Status != Failed || checks[VaultLogin].Status != Skipped ||
		checks[VaultStatus].Status != OK {
		t.Errorf("%+v", checks)
	}
}

func TestClaims(t *testing.T) {
	got, readable := parseClaims(plantedJWT(`{"sub":"s","aud":["a","b"],"iat":1000,"exp":1600}`))
	want := claims{subject: "s", audience: []string{"a", "b"}, issued: time.Unix(1000, 0).UTC(),
		expires: time.Unix(1600, 0).UTC()}
	if !readable || !reflect.DeepEqual(got, want) || got.lifetime() != 10*time.Minute {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"", "a.b", "a.!.c", plantedJWT("no JSON"), plantedJWT(`{"aud":1}`),
		plantedJWT(`[]`)} {
		if got, readable := parseClaims(text); readable {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestTokenLifetime: an API server that grants another time than the one requested is a warning.
func TestTokenLifetime(t *testing.T) {
	x := newExamined()
	x.cluster[tokenPath] = tokenAnswer(plantedJWT(`{"aud":["vault"],"iat":1000,"exp":1300}`))
	check := x.checks(t)[AccountToken]
	if check.Status != Warning {
		t.Errorf("%+v", check)
	}
	contains(t, check.Summary, "good for 5m0s; 10m0s were requested")
}
