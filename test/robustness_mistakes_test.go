package test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/broken"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/model"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/retirement"
)

// mistakeTimes is how often each build is tried: MISTAKES, or once.
func mistakeTimes(t *testing.T) int {
	t.Helper()
	times, err := strconv.Atoi(os.Getenv("MISTAKES"))
	if os.Getenv("MISTAKES") == "" {
		return 1
	}
	check(t, err)
	return times
}

// TestRobustnessMistakes: each mistake is found every time, and the correct plugin is never accused.
func TestRobustnessMistakes(t *testing.T) {
	repository, err := filepath.Abs("..")
	check(t, err)
	for _, c := range []struct {
		mistake broken.Mistake
		found   func(*testing.T, string) []string
	}{
		{broken.Unconditional(), lostUpdates},
		{broken.OldData(), lostUpdates},
		{broken.OldListing(), retiredTooEarly},
	} {
		wrong, err := c.mistake.Build(context.Background(), repository, t.TempDir())
		check(t, err)
		for i := range mistakeTimes(t) {
			t.Run(fmt.Sprintf("%s/%d", c.mistake.Name, i+1), func(t *testing.T) {
				if found := c.found(t, wrong); len(found) == 0 {
					t.Error("nothing was found")
				} else {
					t.Log(found[0])
				}
			})
			t.Run(fmt.Sprintf("%s/%d/correct", c.mistake.Name, i+1), func(t *testing.T) {
				if found := c.found(t, "kubectl-vaultseal"); len(found) > 0 {
					t.Errorf("found:\n%s", strings.Join(found, "\n"))
				}
			})
		}
	}
}

// lostUpdates: while a rotation's write is on its way, another command sets the entry. Both must last.
func lostUpdates(t *testing.T, plugin string) []string {
	r := newRecording(t, plugin)
	r.does(t, r.create(map[string]string{"a": "first", "b": "second"}))
	writes := newRequestHold()
	t.Cleanup(writes.release)
	rotate := r.begin(t, r.behindKube(t, writes.before("PATCH", 0)), r.rotate(2))
	id := len(r.h.Operations)
	writes.next(t)
	r.does(t, r.set("a", "third"))
	writes.release()
	r.finish(t, rotate, id)
	r.view(t, "a")
	var found []string
	for _, violation := range model.Check(r.history(t)).Violations {
		found = append(found, violation.String())
	}
	return found
}

// retiredTooEarly: after the listing of a rotation that retires, and before its new key version, another client stores
// a Secret, which the rotation does not select. It must block the retirement. When it is gone, the version is retired,
// and what is put back then is no mistake.
func retiredTooEarly(t *testing.T, plugin string) []string {
	r := newRecording(t, plugin)
	late := r.one("late", r.key)
	ciphertexts, err := late.sealAt(1)
	check(t, err)
	r.count = 3
	check(t, r.sealedSecrets.create(map[string]string{"test": r.namespace}))
	rotations := newRequestHold()
	t.Cleanup(rotations.release)
	retire := r.behindVault(t, rotations.before("/keys/"+r.key+"/rotate", 0)).start(t, r.retire()...)
	rotations.next(t)
	r.putBack(t, "late", ciphertexts[0])
	rotations.release()
	code := retire.end(t)
	if code == 1 && strings.Contains(retire.stderr.String(), r.namespace+"/late-1") {
		core, err := r.on.core()
		check(t, err)
		check(t, core.Secrets(r.namespace).Delete(context.Background(), "late-1", metav1.DeleteOptions{}))
		r.ends(t, r.retire(), 0)
		r.putBack(t, "late", ciphertexts[0])
	} else if code != 0 {
		t.Errorf("exit code %d: %s", code, brief(retire.stderr.String()))
	}
	return r.unjustified(t)
}

// unjustified are the violations of the one rise of the namespace's key.
func (r *recording) unjustified(t *testing.T) []string {
	t.Helper()
	for now := time.Now(); r.clock.NotDoneAt(now) == math.MaxInt64; {
		time.Sleep(time.Millisecond) // until the clock has passed all that was done
	}
	rises, err := retirement.Rises("transit/"+r.key, r.clock, r.on.vaultAudit)
	check(t, err)
	if len(rises) != 1 || rises[0].Since == 0 || rises[0].Until > r.log(t).Revision {
		t.Errorf("rises: %+v, want one within the log", rises)
	}
	reader := retirement.Reader{
		Open: retirement.Opens(r.readKey(t)),
		Plugin: func(manager string) bool {
			return manager == "vaultseal" || strings.HasPrefix(manager, managerPrefix)
		},
	}
	var found []string
	for _, violation := range retirement.Check(r.log(t), rises, reader) {
		found = append(found, violation.String())
	}
	return found
}
