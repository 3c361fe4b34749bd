package doctor

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestVaultThatCannotServe(t *testing.T) {
	for name, c := range map[string]struct {
		health  transit.Health
		says    string
		problem error
	}{
		"sealed": {transit.Health{Initialized: true, Sealed: true, Version: "1.21.4"}, "vault is sealed",
			transit.ErrSealed},
		"not initialised": {transit.Health{Sealed: true}, "not initialised", ErrNotInitialised},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined()
			x.vault.health = c.health
			checks := x.checks(t)
			if checks[VaultStatus].Status != Failed || checks[VaultLogin].Status != Skipped || x.vault.logins != 0 {
				t.Errorf("%+v", checks)
			}
			contains(t, checks[VaultStatus].Summary, c.says)
			if found := problem[error](t, checks[VaultStatus]); !errors.Is(found, c.problem) {
				t.Errorf("%v", found)
			}
		})
	}
	x := newExamined()
	x.vault.health.Standby = true
	contains(t, x.checks(t)[VaultStatus].Summary, "a standby")
	x.vault.lookErr = transit.ErrUnreachable
	checks := x.checks(t)
	if checks[VaultAddress].Status != Failed || checks[VaultCertificate].Status != Skipped ||
		checks[AccountToken].Status != OK {
		t.Errorf("%+v", checks)
	}
}

// TestUntestedServers: they work, as far as the other checks show, but were not tested.
func TestUntestedServers(t *testing.T) {
	x := newExamined()
	x.cluster[versionPath] = `{"gitVersion":"v1.21.14"}`
	x.vault.health.Version = "1.8.12"
	checks := x.checks(t)
	want(t, checks, map[ID]Status{APIServer: Warning, VaultStatus: Warning})
	for _, id := range []ID{APIServer, VaultStatus} {
		contains(t, checks[id].Summary, "; it is not among the versions that were tested (")
		_ = problem[*UntestedVersionError](t, checks[id])
	}
}

// TestHiddenVersion: Vault's redact_version leaves it out.
func TestHiddenVersion(t *testing.T) {
	x := newExamined()
	x.vault.health.Version = ""
	checks := x.checks(t)
	want(t, checks, nil)
	contains(t, checks[VaultStatus].Summary, "Vault that does not show its version, initialised and unsealed")
}

func TestLogin(t *testing.T) {
	for name, c := range map[string]struct {
		token transit.TokenInfo
		want  Status
		hint  string
	}{
		"five minutes": {transit.TokenInfo{TTL: 5 * time.Minute, Policies: []string{"p"}}, OK, ""},
		"an hour": {transit.TokenInfo{TTL: time.Hour, Policies: []string{"p"}}, Warning,
			`&doctor.LongTokenError{AuthMount:"kubernetes", Role:"vaultseal"}`},
		"no end": {transit.TokenInfo{Policies: []string{"p"}}, Warning, "&doctor.LongTokenError{"},
		"default": {transit.TokenInfo{TTL: time.Second, Policies: []string{"default", "p"}}, Warning,
			`&doctor.DefaultPolicyError{AuthMount:"kubernetes", Role:"vaultseal"}`},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined()
			x.vault.token = c.token
			check := x.checks(t)[VaultLogin]
			if check.Status != c.want {
				t.Errorf("%+v", check)
			}
			contains(t, check.Hint, c.hint)
			contains(t, check.Summary, "audience vault")
		})
	}
	x := newExamined()
	x.vault.tokenErr = transit.ErrUnauthenticated
	diagnosis, err := x.run(t)
	if err != nil || !diagnosis.Denied() {
		t.Errorf("%v, %+v", err, diagnosis)
	}
}

// without grants everything but at one path.
func without(path string) func(string) []string {
	return func(asked string) []string {
		if asked == path {
			return []string{"deny"}
		}
		return []string{"root"}
	}
}

func TestMissingRights(t *testing.T) {
	for id, c := range map[ID]struct {
		part config.Part
		path string
		also map[ID]Status
	}{
		MayEncrypt: {config.Sealer, "transit/encrypt/app", map[ID]Status{RoundTrip: Skipped}},
		MayDecrypt: {config.Sealer, "transit/decrypt/app", map[ID]Status{RoundTrip: Skipped}},
		MayRewrap:  {config.Rotator, "transit/rewrap/app", map[ID]Status{LeastPrivilege: Warning}},
		MayReadKey: {config.Sealer, "transit/keys/app", nil},
		MayRotate:  {config.Rotator, "transit/keys/app/rotate", map[ID]Status{LeastPrivilege: Warning}},
	} {
		t.Run(string(id), func(t *testing.T) {
			x := newExamined()
			x.part = c.part
			x.vault.capabilities = without(c.path)
			checks := x.checks(t)
			statuses := map[ID]Status{id: Failed}
			maps.Copy(statuses, c.also)
			want(t, checks, statuses)
			missing := problem[*PolicyError](t, checks[id])
			if missing.Path != c.path || missing.Capability == "" ||
				!slices.Equal(missing.Policies, []string{"vaultseal"}) {
				t.Errorf("%+v", missing)
			}
			diagnosis, err := x.run(t)
			if err != nil || !diagnosis.Denied() {
				t.Errorf("%v: not denied", err)
			}
		})
	}
}

func TestRotatorThatSeesPlaintext(t *testing.T) {
	x := newExamined()
	x.part = config.Rotator
	x.vault.capabilities = without("transit/encrypt/app")
	checks := x.checks(t)
	want(t, checks, map[ID]Status{LeastPrivilege: Warning})
	excess := problem[*ExcessError](t, checks[LeastPrivilege])
	if !slices.Equal(excess.Paths, []string{"transit/decrypt/app"}) ||
		!slices.Equal(excess.Policies, []string{"vaultseal"}) {
		t.Errorf("%+v", excess)
	}
	x.vault.capabilities = func(path string) []string {
		if path == "transit/encrypt/app" || path == "transit/decrypt/app" {
			return []string{"deny"}
		}
		return []string{"read", "update"}
	}
	want(t, x.checks(t), nil)
}

func TestRevokingIsOnlyBetter(t *testing.T) {
	x := newExamined()
	x.vault.capabilities = without(revokePath)
	want(t, x.checks(t), map[ID]Status{MayRevoke: Warning})
}

// TestUnknownRightsAreTried: a policy without sys/capabilities-self breaks no command.
func TestUnknownRightsAreTried(t *testing.T) {
	x := newExamined()
	x.vault.capabilitiesErr = transit.ErrDenied
	want(t, x.checks(t), map[ID]Status{Capabilities: Warning, MayEncrypt: Skipped, MayDecrypt: Skipped,
		MayRewrap: Skipped, MayReadKey: Skipped, MayRevoke: Skipped})
	if len(x.vault.sealed) != 1 {
		t.Error("the round trip was not tried")
	}
}

func TestTransitKey(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*transit.KeyInfo)
		want       Status
		says, hint string
	}{
		"good": {func(*transit.KeyInfo) {}, OK,
			"transit/app, aes256-gcm96, derived, latest version 3, opens from version 2 on, made 2026-10-24", ""},
		"underived": {func(i *transit.KeyInfo) { i.Derived = false }, Warning, "not derived",
			`&doctor.UnderivedKeyError{Key:transit.Key{Mount:"transit", Name:"app"}}`},
		"a year old": {func(i *transit.KeyInfo) { i.Created[3] = today.Add(-overdue) }, OK, "", ""},
		"older": {func(i *transit.KeyInfo) { i.Created[3] = today.Add(-overdue - 24*time.Hour) }, Warning,
			"366 days old",
			`&doctor.OldVersionError{Key:transit.Key{Mount:"transit", Name:"app"}, Age:`},
		"no date": {func(i *transit.KeyInfo) { i.Created = nil }, OK, "", ""},
		"convergent": {func(i *transit.KeyInfo) { i.Convergent = true }, Failed, "convergent",
			"&transit.UnsuitableKeyError{"},
		"rsa": {func(i *transit.KeyInfo) { i.Type = "rsa-2048" }, Failed, "rsa-2048", "&transit.UnsuitableKeyError{"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined()
			c.change(&x.vault.info)
			checks := x.checks(t)
			if checks[TransitKey].Status != c.want {
				t.Errorf("%+v", checks[TransitKey])
			}
			contains(t, checks[TransitKey].Summary, c.says)
			contains(t, checks[TransitKey].Hint, c.hint)
			if skipped := checks[RoundTrip].Status == Skipped; skipped != (c.want == Failed) {
				t.Errorf("%+v", checks[RoundTrip])
			}
		})
	}
}

func TestRoundTrip(t *testing.T) {
	x := newExamined()
	x.checks(t)
	first := x.vault.sealed[0]
	context := string(first.Context)
	if len(first.Plaintext) != sampleSize || !strings.HasPrefix(context, "v1/strict/team-a/vaultseal-doctor-") ||
		!strings.HasSuffix(context, "/sample") {
		t.Errorf("%d bytes under %q", len(first.Plaintext), context)
	}
	x.checks(t)
	if second := x.vault.sealed[1]; slices.Equal(second.Plaintext, first.Plaintext) ||
		string(second.Context) == context {
		t.Error("the same twice")
	}
	x.vault.info.Derived = false
	x.checks(t)
	if x.vault.sealed[2].Context != nil {
		t.Error("a key that is not derived takes no context")
	}
}

func TestBrokenRoundTrip(t *testing.T) {
	x := newExamined()
	x.vault.opened = []byte("planted")
	check := x.checks(t)[RoundTrip]
	if check.Status != Failed {
		t.Errorf("%+v", check)
	}
	contains(t, check.Summary, "opens to something else")
	x.vault.opened, x.vault.decryptErr = nil, transit.ErrTampered
	check = x.checks(t)[RoundTrip]
	if check.Status != Failed {
		t.Errorf("%+v", check)
	}
	contains(t, check.Summary, "open: "+transit.ErrTampered.Error())
}
