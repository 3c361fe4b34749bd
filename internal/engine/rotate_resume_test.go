package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// tenKeys are a key for each of ten namespaces, an hour old, and a Secret under each.
func tenKeys(young ...int) (*fakeVault, *fakeCluster) {
	v, cluster := newFakeVault(), newFakeCluster()
	for n := range 10 {
		key := aes(fmt.Sprintf("ns-%d", n), true, 1)
		key.Created = map[int]time.Time{1: time.Now().Add(-time.Hour)}
		for _, y := range young {
			if y == n {
				key.Created[1] = time.Now().Add(-time.Minute)
			}
		}
		v.keys[key.Key] = &key
		cluster.put(sealedSecret(fmt.Sprint(n), "s", key, 1, map[string]string{"x": "x"}))
	}
	return v, cluster
}

// resumed rotates until it stops, and again as its report says, much later; then each key that was old has exactly
// one new version, and every Secret has it.
func resumed(t *testing.T, v *fakeVault, cluster *fakeCluster, request RotateRequest, young ...int) {
	t.Helper()
	c := newTestClient(t, cluster, v, "transit/ns-{namespace}")
	report, err := c.Rotate(t.Context(), request)
	if report.ResumeIfOlderThan == "" {
		t.Fatalf("stopped with %v, and nothing says how to go on: %+v", err, report)
	}
	v.fails, v.before = nil, nil
	time.Sleep(30 * 24 * time.Hour)
	at, err := time.Parse(time.RFC3339, report.ResumeIfOlderThan)
	if err != nil {
		t.Fatal(err)
	}
	rotate(t, c, RotateRequest{IfCreatedBefore: at})
	for key, info := range v.keys {
		want := 2
		for _, y := range young {
			if key.Name == fmt.Sprintf("ns-%d", y) {
				want = 1
			}
		}
		if info.LatestVersion != want {
			t.Errorf("key %s has version %d, want %d", key, info.LatestVersion, want)
		}
	}
	if again := rotate(t, c, RotateRequest{RewrapOnly: true}); again.Summary != (Counts{Current: 10}) {
		t.Errorf("some are older than their key: %+v", again.Summary)
	}
}

// stopAfter lets Vault go away for good with the Nth rotation, whose answer is lost.
func stopAfter(v *fakeVault, n int, unknown, done bool) {
	rotations := 0
	v.fails = func(verb string, key transit.Key) (error, bool) {
		if verb == "rotate" && v.keys[key].LatestVersion == 1 {
			rotations++
		}
		switch {
		case rotations < n:
			return nil, false
		case unknown:
			return fmt.Errorf("%w: %w", transit.ErrUnreachable, transit.ErrRotationUnknown), done
		}
		return transit.ErrUnreachable, done
	}
}

func TestRotationGoesOnWhereItStopped(t *testing.T) {
	for name, c := range map[string]struct {
		request       RotateRequest
		young         []int
		unknown, done bool
	}{
		"every key":               {request: RotateRequest{}},
		"its outcome not known":   {request: RotateRequest{}, unknown: true},
		"and it has been rotated": {request: RotateRequest{}, unknown: true, done: true},
		"only old ones":           {request: RotateRequest{IfOlderThan: 30 * time.Minute}, young: []int{2, 7}},
		"the clock is ahead":      {request: RotateRequest{IfOlderThan: time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, cluster := tenKeys(c.young...)
				stopAfter(v, 4, c.unknown, c.done)
				resumed(t, v, cluster, c.request, c.young...)
			})
		})
	}
}

// TestRotationOfOneKeyFails: the others are rotated in the same run.
func TestRotationOfOneKeyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, cluster := tenKeys()
		v.fails = func(verb string, key transit.Key) (error, bool) {
			if verb == "rotate" && key.Name == "ns-3" {
				return transit.ErrRateLimited, false
			}
			return nil, false
		}
		progress := &Progress{}
		report, err := newTestClient(t, cluster, v, "transit/ns-{namespace}").Rotate(t.Context(),
			RotateRequest{Progress: progress})
		if progress.Done() != 9 || progress.Failed() != 1 {
			t.Errorf("progress: %d done, %d failed", progress.Done(), progress.Failed())
		}
		if err != nil || report.Summary != (Counts{Rewrapped: 9, Failed: 1}) || !report.AllPrepared ||
			!report.Keys[3].Pending || report.Keys[2].Pending {
			t.Errorf("%v, %+v", err, report)
		}
		resumed(t, v, cluster, RotateRequest{IfCreatedBefore: mustTime(t, report.ResumeIfOlderThan)})
	})
}

func mustTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestRotationUnderWayIsFinished: an interrupt, or another key's failure, breaks no rotation off.
func TestRotationUnderWayIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, cluster := tenKeys()
		ctx, cancel := context.WithCancel(t.Context())
		c := newTestClient(t, cluster, v, "transit/ns-{namespace}")
		slow := &slowVault{fakeVault: v, during: cancel}
		c.vault = func(string) vault { return slow }
		report, err := c.Rotate(ctx, RotateRequest{})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		rotated := 0
		for _, key := range report.Keys {
			if key.Rotated {
				rotated++
			}
			if key.Unknown {
				t.Errorf("%+v", key)
			}
		}
		if rotated == 0 || rotated != v.count("rotate") {
			t.Errorf("%d keys are reported as rotated, %d were", rotated, v.count("rotate"))
		}
	})
}

// slowVault takes a second for a rotation, and something happens meanwhile.
type slowVault struct {
	*fakeVault

	during func()
}

func (v *slowVault) Rotate(ctx context.Context, before transit.KeyInfo) (transit.KeyInfo, error) {
	info, err := v.fakeVault.Rotate(ctx, before)
	v.during()
	select {
	case <-ctx.Done():
		return transit.KeyInfo{}, fmt.Errorf("%w: %w", ctx.Err(), transit.ErrRotationUnknown)
	case <-time.After(time.Second):
	}
	return info, err
}

func TestCreatedBefore(t *testing.T) {
	now := mustTime(t, "2026-11-01T12:00:30Z").Add(time.Second / 2)
	for want, r := range map[string]RotateRequest{
		"0001-01-01T00:00:00Z": {},
		"2026-11-01T12:00:10Z": {IfCreatedBefore: mustTime(t, "2026-11-01T12:00:10Z")},
		"2026-11-01T12:00:11Z": {IfCreatedBefore: mustTime(t, "2026-11-01T12:00:10Z").Add(time.Millisecond)},
		"2026-11-01T12:00:01Z": {IfOlderThan: 30 * time.Second},
		"2026-11-01T11:59:31Z": {IfOlderThan: time.Minute, IfCreatedBefore: mustTime(t, "2026-11-01T12:00:10Z")},
		"2026-11-01T12:00:12Z": {IfOlderThan: time.Second, IfCreatedBefore: mustTime(t, "2026-11-01T12:00:12Z")},
	} {
		if got := r.createdBefore(now).Format(time.RFC3339Nano); got != want {
			t.Errorf("%v and %v: %s, want %s", r.IfOlderThan, r.IfCreatedBefore, got, want)
		}
	}
}

// TestRotationOfUnknownOutcome: the report says so, and from when on a version is new to the run that goes on.
func TestRotationOfUnknownOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		failed  error
		unknown bool
	}{
		"the answer is lost":        {transit.ErrRotationUnknown, true},
		"another client rotated it": {transit.ErrNotCurrent, true},
		"refused":                   {transit.ErrRateLimited, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(derived)
			v.fails = func(verb string, _ transit.Key) (error, bool) {
				if verb == "rotate" {
					return c.failed, false
				}
				return nil, false
			}
			began := time.Now().UTC().Truncate(time.Second)
			report, _ := newTestClient(t, many(1), v, "transit/derived").Rotate(t.Context(), RotateRequest{})
			if key := report.Keys[0]; key.Unknown != c.unknown || !key.Pending || key.Rotated {
				t.Errorf("%+v", key)
			}
			resume := report.ResumeIfOlderThan
			if (resume != "") != c.unknown || c.unknown && mustTime(t, resume).Before(began) {
				t.Errorf("go on from %q; it began at %s", resume, began)
			}
		})
	}
}
