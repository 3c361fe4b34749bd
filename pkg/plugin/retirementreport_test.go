package plugin

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

func TestRetired(t *testing.T) {
	for want, c := range map[string]struct {
		key    vaultseal.KeyRetirement
		suffix string
	}{
		"transit/app: v4 is the oldest version that opens, no longer v1":                 {vaultseal.KeyRetirement{TransitKey: "transit/app", Retired: true, FromVersion: 1, ToVersion: 4}, ""},
		"transit/app: v1 stays the oldest version that opens: not confirmed":             {vaultseal.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 4, Reason: "not confirmed"}, ""},
		"transit/app: v4 would be the oldest version that opens, no longer v1 (dry run)": {vaultseal.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 4, Reason: "dry run"}, " (dry run)"},
		"transit/app: v1 stays the oldest version that opens: needed":                    {vaultseal.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 4, Blocked: 2, Reason: "needed"}, " (dry run)"},
	} {
		if got := retired(c.key, c.suffix); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRetirementError(t *testing.T) {
	blocked := vaultseal.KeyRetirement{TransitKey: "transit/app", FromVersion: 1, ToVersion: 4, Blocked: 30, Err: vaultseal.ErrStillNeeded}
	for range 30 {
		blocked.Blocking = append(blocked.Blocking, vaultseal.OlderEntry{Namespace: "a", Name: "s", Entry: "x", Version: 2})
	}
	denial := vaultseal.KeyRetirement{TransitKey: "transit/b", FromVersion: 1, ToVersion: 2, Err: vaultseal.ErrDenied}
	declined := vaultseal.KeyRetirement{TransitKey: "transit/c", FromVersion: 1, ToVersion: 2, Reason: "not confirmed"}
	for _, c := range []struct {
		keys []vaultseal.KeyRetirement
		code int
		says string
	}{
		{nil, 0, ""},
		{[]vaultseal.KeyRetirement{declined}, 0, ""},
		{[]vaultseal.KeyRetirement{blocked}, exitFailed, `transit key transit/app: versions below v4 are not retired, as 30 entries still need them: a/s entry "x" (v2), `},
		{[]vaultseal.KeyRetirement{blocked}, exitFailed, " and 20 more"},
		{[]vaultseal.KeyRetirement{denial, declined}, exitDenied, "transit key transit/b: versions below v2 are not retired: denied"},
		{[]vaultseal.KeyRetirement{blocked, denial}, exitDenied, "; transit key transit/b"},
	} {
		err := (&rotateOptions{selection: &selectionFlags{}}).endOf(&vaultseal.RotationReport{Retirements: c.keys}, vaultseal.RotateRequest{}, nil)
		if c.code == 0 {
			if err != nil {
				t.Errorf("%+v: %v", c.keys, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || exitCode(t.Context(), err) != c.code || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}

func TestAVersionThatCouldNotBeLoweredIsToldFirst(t *testing.T) {
	report := rotated(nil, vaultseal.Rewrapped)
	err := (&rotateOptions{selection: &selectionFlags{}}).endOf(report, vaultseal.RotateRequest{}, &vaultseal.NotLoweredError{})
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "min_decryption_version=") {
		t.Errorf("%v", err)
	}
}
