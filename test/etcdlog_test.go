package test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// TestEtcdLog: the log has all that clients wrote at the same time, with the revisions and UIDs that the API server
// answered with, in order, and nothing else. There are more writes than etcd sends at once.
func TestEtcdLog(t *testing.T) {
	const writers, updates = 8, 130
	namespace := newName()
	check(t, theStack.addNamespace(namespace))
	t.Cleanup(func() { theStack.dropNamespace(namespace) })
	core, err := theStack.core()
	check(t, err)
	var answered writesByRevision
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() { answered.write(t, core.Secrets(namespace), fmt.Sprintf("s-%d", writer), updates) })
	}
	all.Wait()

	etcd, err := etcdlog.OfStack(theStack.dir)
	check(t, err)
	log, err := etcd.Secrets(context.Background())
	check(t, err)
	seen, deletions, last := 0, 0, int64(0)
	for _, w := range log.Writes {
		if w.Revision <= last || w.Revision > log.Revision {
			t.Fatalf("revision %d comes after %d, in a log up to %d", w.Revision, last, log.Revision)
		}
		last = w.Revision
		if w.Namespace != namespace {
			continue
		}
		if w.Secret == nil {
			deletions++
			continue
		}
		seen++
		want := answered.secrets[w.Secret.ResourceVersion]
		if want == nil || string(want.Data["n"]) != string(w.Secret.Data["n"]) || want.Name != w.Name ||
			want.UID != w.UID {
			t.Errorf("revision %d: %+v, and the API server answered with %+v", w.Revision, w, want)
		}
	}
	if seen != len(answered.secrets) || seen != writers*(updates+2) || deletions != writers {
		t.Errorf("%d writes of %d, %d deletions of %d", seen, len(answered.secrets), deletions, writers)
	}
}

// writesByRevision are the API server's answers to writes, by their resourceVersion.
type writesByRevision struct {
	lock    sync.Mutex
	secrets map[string]*corev1.Secret
}

// write creates a Secret, changes it again and again, deletes it and creates it again.
func (a *writesByRevision) write(t *testing.T, secrets corev1client.SecretInterface, name string, updates int) {
	ctx := context.Background()
	secret := func() *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string][]byte{"n": []byte("new")}}
	}
	a.add(t)(secrets.Create(ctx, secret(), metav1.CreateOptions{}))
	for n := range updates {
		patch := mustJSON(map[string]any{"stringData": map[string]string{"n": strconv.Itoa(n)}})
		a.add(t)(secrets.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}))
	}
	if err := secrets.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	a.add(t)(secrets.Create(ctx, secret(), metav1.CreateOptions{}))
}

func (a *writesByRevision) add(t *testing.T) func(*corev1.Secret, error) {
	return func(stored *corev1.Secret, err error) {
		if err != nil {
			t.Error(err)
			return
		}
		a.lock.Lock()
		defer a.lock.Unlock()
		if a.secrets == nil {
			a.secrets = map[string]*corev1.Secret{}
		}
		a.secrets[stored.ResourceVersion] = stored
	}
}

// TestEtcdLogIsWhole: the API server compacts a young stack's etcd only later, so only its flags tell.
func TestEtcdLogIsWhole(t *testing.T) {
	command, err := servers.KubeCommand(theStack.dir)
	check(t, err)
	if !slices.Contains(command.Args, "--etcd-compaction-interval=0") {
		t.Errorf("the API server compacts etcd: %q", command.Args)
	}
}
