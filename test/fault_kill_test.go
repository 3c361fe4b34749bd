package test

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// TestFaultKilledRotations: a rotation killed at any moment leaves every Secret
// openable, and running again finishes the work.
func TestFaultKilledRotations(t *testing.T) {
	t.Parallel()
	ns := newFaultNamespace(t, theStack, sized(500, 200))
	begun := time.Now()
	ns.ends(t, []string{"rotate"}, 0)
	usual := time.Since(begun)
	seed := rand.Uint64()
	t.Logf("an undisturbed rotation takes %v; seed of the moments to kill at: %d", usual, seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	killed, wanted := 0, sized(15, 4)
	for tries := 0; killed < wanted && tries < 4*wanted; tries++ {
		moment := time.Duration(moments.Int64N(int64(usual)))
		rotate := ns.start(t, "rotate")
		time.Sleep(moment)
		check(t, rotate.Process.Kill())
		switch code := rotate.end(t); code {
		case 0: // it was done already: the machine has become faster
			usual = moment
		case -int(syscall.SIGKILL):
			killed++
		default:
			t.Errorf("exit code %d before it was killed: %s", code, brief(rotate.stderr.String()))
		}
		if _, err := ns.openAll(); err != nil {
			t.Fatalf("killed after %v: %v", moment, err)
		}
	}
	if killed < wanted {
		t.Errorf("only %d rotations were killed before their end", killed)
	}
	versions, err := ns.openAll()
	check(t, err)
	t.Logf("%d rotations killed, which left these versions: %v", killed, versions)
	ns.heals(t)
	ns.ends(t, []string{"rotate"}, 0)
	ns.allLatest(t)
}
