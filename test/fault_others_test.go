package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// TestFaultRotationsAtOnce: rotations of the same Secrets do not get into each
// other's way.
func TestFaultRotationsAtOnce(t *testing.T) {
	t.Parallel()
	ns := newFaultNamespace(t, theStack, sized(600, 120))
	rotations := make([]*process, 4)
	for i := range rotations {
		rotations[i] = ns.start(t, "rotate")
	}
	for _, rotate := range rotations {
		rotate.endsWith(t, 0)
	}
	ns.heals(t)
	if latest := ns.on.versions(t, ns.key).Latest; latest < 2 || latest > 1+len(rotations) {
		t.Errorf("%d rotations of version 1 have led to version %d", len(rotations), latest)
	}
}

// writer changes Secrets of a namespace, without looking at what they are, until stopped.
type writer struct {
	ns     sealedNamespace
	rounds []int // the last write of each Secret
}

// plaintext is what the writer's n-th round seals.
func (w *writer) plaintext(i, round int) []byte {
	return mustJSON(map[string]any{"password": "swordfish-" + w.ns.name(i), "round": round})
}

// run writes every one of its Secrets in each round, in another order each time.
func (w *writer) run(ctx context.Context) error {
	core, err := w.ns.on.core()
	if err != nil {
		return err
	}
	for round := 1; ctx.Err() == nil; round++ {
		ciphertexts, err := w.ns.seal(func(i int) []byte { return w.plaintext(i, round) })
		if err != nil {
			return err
		}
		for _, i := range rand.Perm(w.ns.count) {
			if ctx.Err() != nil {
				break
			}
			patch := mustJSON(map[string]any{
				"metadata": map[string]any{"labels": map[string]string{"round": fmt.Sprint(round)}},
				"data":     map[string][]byte{"secrets.json": []byte(ciphertexts[i])},
			})
			_, err := core.Secrets(w.ns.namespace).Patch(context.Background(), w.ns.name(i), types.MergePatchType,
				patch, metav1.PatchOptions{})
			if err != nil {
				return err
			}
			w.rounds[i] = round
		}
	}
	return nil
}

// survived: the last write of each Secret is what it opens to and what its label says.
func (w *writer) survived(t *testing.T) {
	t.Helper()
	secrets, err := w.ns.live()
	check(t, err)
	plaintexts, err := w.ns.open(secrets)
	check(t, err)
	written := 0
	for i, round := range w.rounds {
		want, label := w.ns.plaintext(i), ""
		if round > 0 {
			written++
			want, label = w.plaintext(i, round), fmt.Sprint(round)
		}
		if !bytes.Equal(plaintexts[i], want) {
			t.Errorf("%s opens to %s, last written was %s", w.ns.name(i), plaintexts[i], want)
		}
		if secrets[i].Labels["round"] != label {
			t.Errorf("%s has label round=%s, last written was %s", w.ns.name(i), secrets[i].Labels["round"], label)
		}
	}
	t.Logf("%d Secrets written by someone else", written)
	if written == 0 {
		t.Error("nothing was written by someone else")
	}
}

// TestFaultWriter: changes of another writer during a rotation are never lost.
func TestFaultWriter(t *testing.T) {
	t.Parallel()
	ns := newFaultNamespace(t, theStack, sized(600, 200))
	// A few Secrets that are written all the time, for the rotation to meet often.
	w := &writer{ns: ns, rounds: make([]int, 60)}
	w.ns.count = len(w.rounds)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	var done atomic.Bool
	failed := make(chan error, 1)
	go func() { failed <- w.run(ctx); done.Store(true) }()
	time.Sleep(200 * time.Millisecond)
	for range sized(3, 1) {
		ns.ends(t, []string{"rotate"}, 0)
	}
	if done.Load() {
		t.Error("the writer ended before the rotations did")
	}
	stop()
	check(t, <-failed)
	w.survived(t)
	ns.ends(t, []string{"rotate", "--rewrap-only"}, 0)
	w.survived(t)
	secrets, err := ns.live()
	check(t, err)
	latest := ns.on.versions(t, ns.key).Latest
	for _, secret := range secrets {
		if version := versionOf(secret.Data["secrets.json"]); version != latest {
			t.Errorf("%s is at version %d, not %d", secret.Name, version, latest)
		}
	}
	ns.nothingDecrypted(t)
}

// versionOf is the N of vault:vN:….
func versionOf(ciphertext []byte) int {
	var version int
	_, _ = fmt.Sscanf(string(ciphertext), "vault:v%d:", &version)
	return version
}

// rotationReport is the part of `rotate -o json` that the tests read.
type rotationReport struct {
	Summary struct {
		Rewrapped, Current, Skipped, Failed, Broken int
	}
	Secrets []struct {
		Namespace, Name, TransitKey, Status, Reason string
		Failures                                    []struct{ Entry, Reason string }
	}
}

func (r *process) report(t *testing.T) rotationReport {
	t.Helper()
	var report rotationReport
	if err := json.Unmarshal([]byte(r.stdout.String()), &report); err != nil {
		t.Fatalf("report: %v: %s; stderr: %s", err, brief(r.stdout.String()), brief(r.stderr.String()))
	}
	return report
}
