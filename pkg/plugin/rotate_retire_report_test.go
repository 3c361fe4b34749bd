package plugin

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestRetired(t *testing.T) {
	for want, c := range map[string]struct {
		key    engine.KeyRetirement
		suffix string
	}{
		"transit/app: v4 is the oldest version that opens, no longer v1":                       {engine.KeyRetirement{TransitKey: "transit/app", State: engine.VersionsRetired, FromVersion: 1, ToVersion: 4}, ""},
		"transit/app: v1 stays the oldest version that opens: not confirmed":                   {engine.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 4, Reason: "not confirmed"}, ""},
		"transit/app: v4 would be the oldest version that opens, no longer v1 (dry run)":       {engine.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 4, Reason: "dry run"}, " (dry run)"},
		"transit/app: v1 stays the oldest version that opens: needed":                          {engine.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 4, Blocked: 2, Reason: "needed"}, " (dry run)"},
		"transit/app: it is not known whether v1 or v4 is the oldest version that opens: lost": {engine.KeyRetirement{TransitKey: "transit/app", State: engine.VersionsUnknown, FromVersion: 1, ToVersion: 4, Reason: "lost"}, ""},
	} {
		if got := retired(c.key, c.suffix); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRetirementError(t *testing.T) {
	blocked := engine.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 4, Blocked: 30,
		Err: engine.ErrStillNeeded}
	for range 30 {
		blocked.Blocking = append(blocked.Blocking, engine.OlderEntry{Namespace: "a", Name: "s", Entry: "x",
			Version: 2})
	}
	denial := engine.KeyRetirement{TransitKey: "transit/b", FromVersion: 1, ToVersion: 2, Err: transit.ErrDenied}
	declined := engine.KeyRetirement{TransitKey: "transit/c", FromVersion: 1, ToVersion: 2, Reason: "not confirmed"}
	for _, c := range []struct {
		keys []engine.KeyRetirement
		code int
		says string
	}{
		{nil, 0, ""},
		{[]engine.KeyRetirement{declined}, 0, ""},
		{[]engine.KeyRetirement{blocked}, exitFailed,
			`transit key transit/app: versions below v4 are not retired, as 30 entries still need them: a/s entry "x" (v2), `},
		{[]engine.KeyRetirement{blocked}, exitFailed, " and 20 more"},
		{[]engine.KeyRetirement{denial, declined}, exitDenied,
			"transit key transit/b: versions below v2 are not retired: denied"},
		{[]engine.KeyRetirement{blocked, denial}, exitDenied, "; transit key transit/b"},
	} {
		err := newRotateOptions().endOf(&engine.RotationReport{Retirements: c.keys}, engine.RotateRequest{}, nil)
		if c.code == 0 {
			if err != nil {
				t.Errorf("%+v: %v", c.keys, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || exitCode(t.Context(), err) != c.code ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}

// unlowered is a key whose versions may be raised.
func unlowered(name string) engine.KeyRetirement {
	failed := &engine.NotLoweredError{Key: transit.Key{Mount: "transit", Name: name}, Version: 3}
	return engine.KeyRetirement{TransitKey: "transit/" + name, State: engine.VersionsUnknown, FromVersion: 3,
		ToVersion: 4, Err: failed}
}

// TestVersionsThatMayBeRaisedAreToldFirst: every one of them, with the command that sets it back.
func TestVersionsThatMayBeRaisedAreToldFirst(t *testing.T) {
	for _, n := range []int{1, 30} {
		report := rotated(nil, engine.Rewrapped)
		for i := range n {
			report.Retirements = append(report.Retirements, unlowered(fmt.Sprintf("key-%d", i)))
		}
		for _, ended := range []error{nil, transit.ErrUnreachable} {
			err := newRotateOptions().endOf(report, engine.RotateRequest{}, ended)
			for i := range n {
				if !strings.Contains(err.Error(), fmt.Sprintf("transit/key-%d", i)) ||
					!strings.Contains(hint(err), fmt.Sprintf("vault write transit/keys/key-%d/config "+
						"min_decryption_version=3\n", i)) {
					t.Errorf("key %d of %d: %v\n%s", i, n, err, hint(err))
				}
			}
			if !strings.HasPrefix(hint(err), "older entries do not open until") ||
				strings.Contains(err.Error(), "\n") || ended != nil && !errors.Is(err, ended) {
				t.Errorf("%v\n%s", err, hint(err))
			}
		}
	}
}

// TestOneCauseOfManyKeysIsOneError: also where the cause names the key.
func TestOneCauseOfManyKeysIsOneError(t *testing.T) {
	report := &engine.RotationReport{}
	for i := range 50 {
		key := fmt.Sprintf("transit/key-%d", i)
		report.Retirements = append(report.Retirements, engine.KeyRetirement{TransitKey: key, FromVersion: 1,
			ToVersion: 2, Err: fmt.Errorf("configure transit key %s: %w", key, transit.ErrDenied)})
	}
	err := newRotateOptions().endOf(report, engine.RotateRequest{}, nil)
	if want := "50 transit keys not retired: configure transit key KEY: denied by vault policy: transit/key-0, "; !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 400 || exitCode(t.Context(), err) != exitDenied {
		t.Errorf("%v, want %q", err, want)
	}
}

// TestBlockedByManaged: a hint does not name a rotation that skips what is in the way.
func TestBlockedByManaged(t *testing.T) {
	blocked := engine.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 2, Blocked: 1,
		Err:      engine.ErrStillNeeded,
		Blocking: []engine.OlderEntry{{Namespace: "a", Name: "s", Entry: "x", Version: 1, ManagedBy: "Flux (label x)"}}}
	err := newRotateOptions().endOf(&engine.RotationReport{Retirements: []engine.KeyRetirement{blocked}},
		engine.RotateRequest{}, nil)
	if !strings.Contains(err.Error(), "managed by Flux (label x)") || !strings.HasPrefix(hint(err), managedHint) {
		t.Errorf("%v\n%s", err, hint(err))
	}
}
