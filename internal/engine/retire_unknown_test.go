package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// retireThree rotates and retires three keys, one for each namespace, with a Vault that fails on request, in fake time.
func retireThree(t *testing.T, fails func(verb string, key transit.Key) (error, bool),
	prepare func(*fakeVault, *fakeCluster, context.CancelFunc)) (*RotationReport, *fakeVault, error) {
	t.Helper()
	keys := []transit.KeyInfo{aes("ns-a", true, 1), aes("ns-b", true, 1), aes("ns-c", true, 1)}
	v, cluster := newFakeVault(keys...), newFakeCluster()
	for i, namespace := range []string{"a", "b", "c"} {
		cluster.put(sealedSecret(namespace, "s", keys[i], 1, map[string]string{"x": "x"}))
	}
	v.fails = fails
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if prepare != nil {
		prepare(v, cluster, cancel)
	}
	report, err := newTestClient(t, cluster, v, "transit/ns-{namespace}").Rotate(ctx, retireKeeping(1))
	if len(report.Retirements) != 3 {
		t.Fatalf("%+v, %v", report, err)
	}
	for i, row := range report.Retirements {
		is := minVersions(v, keys[i]).Decryption
		switch row.State {
		case VersionsRetired:
			if is != row.ToVersion || !row.Retired {
				t.Errorf("%s: said to be retired, and v%d is the oldest: %+v", row.TransitKey, is, row)
			}
		case VersionsStay:
			if is != row.FromVersion || row.Reason == "" || row.Retired {
				t.Errorf("%s: said to stay, and v%d is the oldest: %+v", row.TransitKey, is, row)
			}
		default:
			if row.Err == nil || row.Reason == "" || row.Retired {
				t.Errorf("%s: %+v", row.TransitKey, row)
			}
		}
	}
	return report, v, err
}

func states(report *RotationReport) string {
	var all []string
	for _, row := range report.Retirements {
		all = append(all, string(row.State))
	}
	return strings.Join(all, " ")
}

var errLost = fmt.Errorf("set: %w", transit.ErrUnreachable)

// ofB fails what is asked of the second key, for a while; done tells what became of it.
func ofB(verb string, lasts time.Duration, done bool) func(string, transit.Key) (error, bool) {
	return func() func(string, transit.Key) (error, bool) {
		var began time.Time
		return func(asked string, key transit.Key) (error, bool) {
			if asked == verb && began.IsZero() && key.Name == "ns-b" {
				began = time.Now()
			}
			if key.Name != "ns-b" || began.IsZero() || time.Since(began) >= lasts || asked != verb && asked != "key" {
				return nil, false
			}
			return errLost, done
		}
	}()
}

// TestRetireWhenTheAnswerIsLost: what Vault's metadata says decides, and the others are not the worse for it.
func TestRetireWhenTheAnswerIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		lasts time.Duration
		done  bool
		want  string
		ends  bool
	}{
		"raised, for a moment":         {time.Second, true, "retired retired retired", false},
		"not raised, for a moment":     {time.Second, false, "retired stays retired", false},
		"raised, for half the timeout": {lowerTimeout / 2, true, "retired retired retired", false},
		"raised, longer than that":     {lowerTimeout * 3 / 2, true, "retired stays stays", true},
		"not raised, longer than that": {lowerTimeout * 3 / 2, false, "retired stays stays", true},
		"raised, for good":             {time.Hour, true, "retired unknown stays", true},
		"not raised, for good":         {time.Hour, false, "retired unknown stays", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				report, _, err := retireThree(t, ofB("config", c.lasts, c.done), nil)
				if states(report) != c.want || (err != nil) != c.ends {
					t.Errorf("%s, want %s; %v", states(report), c.want, err)
				}
				var raised *NotLoweredError
				if row := report.Retirements[1]; row.State == VersionsUnknown &&
					(!errors.As(row.Err, &raised) || raised.Key != (transit.Key{Mount: "transit", Name: "ns-b"}) ||
						raised.Version != 1) {
					t.Errorf("%v", row.Err)
				}
			})
		})
	}
}

// TestRetireNamesAllThatMayBeRaised: Vault goes away for good once all are raised, and the check cannot be done.
func TestRetireNamesAllThatMayBeRaised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gone atomic.Bool
		began := time.Now()
		report, _, err := retireThree(t, func(string, transit.Key) (error, bool) {
			if gone.Load() {
				return errLost, false
			}
			return nil, false
		}, func(v *fakeVault, cluster *fakeCluster, _ context.CancelFunc) {
			cluster.before = func(verb, _ string) error {
				if verb == "list" && v.count("config") >= 3 {
					gone.Store(true)
					return fmt.Errorf("list: %w", kube.ErrUnreachable)
				}
				return nil
			}
		})
		if states(report) != "unknown unknown unknown" || !errors.Is(err, kube.ErrUnreachable) {
			t.Errorf("%s, %v", states(report), err)
		}
		if took := time.Since(began); took < lowerTimeout || took > 2*lowerTimeout {
			t.Errorf("set back for %v, want one timeout for all, %v", took, lowerTimeout)
		}
	})
}

// TestRetireInterrupted: the interrupt comes while the second key is being raised, and Vault is away for a moment
// then. All that is raised is set back all the same.
func TestRetireInterrupted(t *testing.T) {
	for _, done := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var cancel context.CancelFunc
			fails := ofB("config", lowerTimeout*4/5, done)
			report, v, err := retireThree(t, func(verb string, key transit.Key) (error, bool) {
				err, done := fails(verb, key)
				if verb == "config" && key.Name == "ns-b" {
					cancel()
				}
				return err, done
			}, func(_ *fakeVault, _ *fakeCluster, c context.CancelFunc) { cancel = c })
			if states(report) != "stays stays stays" || !errors.Is(err, context.Canceled) {
				t.Errorf("%s, %v: %v", states(report), err, v.requests)
			}
		})
	}
}

// TestRetireRefusedForOne: a denial of one key leaves the others to be decided.
func TestRetireRefusedForOne(t *testing.T) {
	report, _, err := retireThree(t, func(verb string, key transit.Key) (error, bool) {
		if verb == "config" && key.Name == "ns-a" {
			return transit.ErrDenied, false
		}
		return nil, false
	}, nil)
	if states(report) != "stays retired retired" || err != nil ||
		!errors.Is(report.Retirements[0].Err, transit.ErrDenied) {
		t.Errorf("%s, %v", states(report), err)
	}
}
