package engine

import (
	"context"
	"reflect"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestRetireTellsOthers: before anything is asked or raised, the plan has the other installations that use the key.
func TestRetireTellsOthers(t *testing.T) {
	const both = "vaultseal keys: blue={namespace}, green=derived"
	for name, c := range map[string]struct {
		description string
		err         error
		dry         DryRun
		want        []string
	}{
		"nothing listed": {"ours", nil, DryRunNone, nil},
		"listed":         {both, nil, DryRunNone, []string{"green"}},
		"dry run":        {both, nil, DryRunClient, []string{"green"}},
		"no answer":      {both, transit.ErrDenied, DryRunNone, nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(derived)
			v.description, v.descriptionErr = c.description, c.err
			cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
			var events []string
			var told []KeyRetirement
			request := RotateRequest{DryRun: c.dry, Retire: &Retire{Keep: 1, AuthMount: "blue",
				Tell: func(planned []KeyRetirement) { events, told = append(events, "tell"), planned },
				Confirm: func(context.Context, KeyRetirement) (bool, error) {
					events = append(events, "ask")
					if v.count("config") > 0 {
						t.Error("versions were raised before it asked")
					}
					return true, nil
				}}}
			row := retired(t, newTestClient(t, cluster, v, "transit/derived"), request)
			want := []string{"tell", "ask"}
			if c.dry != DryRunNone {
				want = want[:1]
			}
			if !reflect.DeepEqual(events, want) || len(told) != 1 || v.count("description") != 1 ||
				row.Retired != (c.dry == DryRunNone) {
				t.Fatalf("%q, told %+v: %+v", events, told, row)
			}
			if !reflect.DeepEqual(told[0].OtherInstallations, c.want) ||
				!reflect.DeepEqual(row.OtherInstallations, c.want) {
				t.Errorf("told %+v: %+v, want %q", told[0], row, c.want)
			}
		})
	}
}

// TestRetireTellsOnce: a key that is tried again is not told again.
func TestRetireTellsOnce(t *testing.T) {
	v := newFakeVault(plain)
	cluster := newFakeCluster(sealedSecret("a", "s", plain, 1, map[string]string{"x": "x"}))
	v.before = putBeforeTheRaise(cluster, seedSecret("z", "late", aes("other", false, 1), 1, "x"))
	told := 0
	request := retireKeeping(1)
	request.Retire.Tell = func(planned []KeyRetirement) { told += len(planned) }
	row := retired(t, newTestClient(t, cluster, v, "transit/plain"), request)
	if !row.Retired || v.count("config") < 2 || told != 1 || v.count("description") != 1 {
		t.Errorf("told %d, asked for %d descriptions: %+v", told, v.count("description"), row)
	}
}

// TestRetireTellsNothingOfKeysThatStay: nothing is about to be disabled.
func TestRetireTellsNothingOfKeysThatStay(t *testing.T) {
	v := newFakeVault(derived)
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	request := retireKeeping(5)
	request.Retire.Tell = func(planned []KeyRetirement) { t.Errorf("told %+v", planned) }
	if row := retired(t, newTestClient(t, cluster, v, "transit/derived"), request); row.Retired ||
		v.count("description") > 0 {
		t.Errorf("%+v", row)
	}
}
