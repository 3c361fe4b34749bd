package test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/retirement"
	"github.com/vaultseal/kubectl-vaultseal/test/vectors"
)

// recording records what commands and other clients do in a namespace. Its transit key can be backed up, so that all
// that was ever written can be opened.
type recording struct {
	sealedNamespace

	began time.Time
	clock *etcdlog.Clock
	h     history.History
}

func newRecording(t *testing.T, plugin string) *recording {
	t.Helper()
	r := &recording{sealedNamespace: newFaultNamespace(t, theStack, 0), began: time.Now(), clock: &etcdlog.Clock{}}
	r.plugin = plugin
	r.on.write(t, "transit/keys/"+r.key+"/config", map[string]any{"exportable": true, "allow_plaintext_backup": true})
	r.grant(t, "10s", "vaultseal", "vaultseal-rotator", "vaultseal-retirer")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { r.clock.Run(ctx, r.etcd(t)); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	return r
}

func (r *recording) etcd(t *testing.T) *etcdlog.Etcd {
	t.Helper()
	etcd, err := etcdlog.OfStack(r.on.dir)
	check(t, err)
	return etcd
}

func (r *recording) now() int64 { return int64(time.Since(r.began)) }

// operation is one with its command.
type operation struct {
	history.Operation

	args  []string
	stdin string
}

// begin starts an operation. Its field manager has its number.
func (r *recording) begin(t *testing.T, in sealedNamespace, o operation) *process {
	t.Helper()
	o.ID, o.Secrets, o.Outcome = len(r.h.Operations)+1, []string{r.namespace + "/app"}, history.Unknown
	o.Call = r.now()
	r.h.Operations = append(r.h.Operations, o.Operation)
	if !o.Kind.Reads() {
		o.args = append(o.args, "--field-manager", manager(o.ID))
	}
	running := in.command(t, o.args...)
	running.Stdin = strings.NewReader(o.stdin)
	check(t, running.Start())
	return running
}

// finish waits for the end of an operation, which must be a success.
func (r *recording) finish(t *testing.T, running *process, id int) string {
	t.Helper()
	running.endsWith(t, 0)
	r.h.Operations[id-1].Return, r.h.Operations[id-1].Outcome = r.now(), history.OK
	return running.stdout.String()
}

// does starts an operation and waits for its end.
func (r *recording) does(t *testing.T, o operation) string {
	t.Helper()
	running := r.begin(t, r.sealedNamespace, o)
	return r.finish(t, running, len(r.h.Operations))
}

const managerPrefix = "operation-"

func manager(id int) string { return managerPrefix + strconv.Itoa(id) }

// create creates the Secret that all operations are about.
func (r *recording) create(values map[string]string) operation {
	o := operation{Operation: history.Operation{Kind: history.Create, Values: values}, args: []string{"create", "app"}}
	for name, value := range values {
		o.args = append(o.args, "--from-literal="+name+"="+value)
	}
	return o
}

func (r *recording) set(entry, value string) operation {
	o := history.Operation{Kind: history.Set, Values: map[string]string{entry: value}}
	return operation{Operation: o, args: []string{"set", "app", entry}, stdin: value}
}

// rotate is a rotation that makes a version of the key.
func (r *recording) rotate(version int) operation {
	o := history.Operation{Kind: history.Rotate, Rotation: &history.Rotation{
		Targets: map[string]int{r.namespace: version},
	}}
	return operation{Operation: o, args: []string{"rotate", "app"}}
}

func (r *recording) view(t *testing.T, entry string) {
	t.Helper()
	seen := r.does(t, operation{
		Operation: history.Operation{Kind: history.View, Entry: entry}, args: []string{"view", "app", entry},
	})
	r.h.Operations[len(r.h.Operations)-1].Result = &history.State{
		Entries: map[string]history.Entry{entry: {Value: seen}},
	}
}

// readKey reads the transit key, also the versions that are retired.
func (r *recording) readKey(t *testing.T) vectors.Key {
	t.Helper()
	answer, err := r.on.vaultRequest(context.Background(), "GET", "transit/backup/"+r.key, nil)
	check(t, err)
	var backup struct {
		Data struct {
			Backup string `json:"backup"`
		} `json:"data"`
	}
	check(t, json.Unmarshal(answer, &backup))
	key, err := retirement.ReadBackup(backup.Data.Backup)
	check(t, err)
	return key
}

func (r *recording) log(t *testing.T) etcdlog.Log {
	t.Helper()
	log, err := r.etcd(t).Secrets(context.Background())
	check(t, err)
	return log
}

// history is what has happened, with all that etcd has of the namespace's Secrets.
func (r *recording) history(t *testing.T) *history.History {
	t.Helper()
	key := r.readKey(t)
	r.h.Read = r.now()
	var before *corev1.Secret
	for _, each := range r.log(t).Writes {
		if each.Namespace != r.namespace {
			continue
		}
		r.h.Writes = append(r.h.Writes, history.Write{
			Revision: each.Revision, Secret: each.Namespace + "/" + each.Name,
			Operation: writtenBy(before, each.Secret), State: stateIn(each.Secret, key),
		})
		before = each.Secret
	}
	return &r.h
}

// stateIn opens the entries of a Secret with scope strict.
func stateIn(secret *corev1.Secret, key vectors.Key) *history.State {
	if secret == nil {
		return nil
	}
	state := &history.State{
		UID: string(secret.UID), Scope: secret.Annotations["vaultseal.dev/scope"], Entries: map[string]history.Entry{},
	}
	for name, value := range secret.Data {
		var entry history.Entry
		plaintext, err := key.Open(string(value), vectors.Context("strict", secret.Namespace, secret.Name, name))
		if err == nil {
			entry.Value = string(plaintext)
			entry.Version, _, err = vectors.ReadCiphertext(string(value))
		}
		if err != nil {
			entry.Broken = err.Error()
		}
		state.Entries[name] = entry
	}
	return state
}

// writtenBy is the operation whose field manager a write has added.
func writtenBy(before, after *corev1.Secret) int {
	known := map[string]bool{}
	for _, secret := range []*corev1.Secret{before, after} {
		if secret == nil {
			continue
		}
		for _, m := range secret.ManagedFields {
			if id, err := strconv.Atoi(strings.TrimPrefix(m.Manager, managerPrefix)); err == nil && !known[m.Manager] &&
				secret == after {
				return id
			}
			known[m.Manager] = true
		}
	}
	return 0
}

// putBack creates a Secret without the plugin, whose entry is sealed with version 1, and which no rotation of the
// namespace selects.
func (r *recording) putBack(t *testing.T, name string, ciphertext string) {
	t.Helper()
	core, err := r.on.core()
	check(t, err)
	one := r.one(name, r.key)
	secret := one.secret(0, map[string]string{"vaultseal.dev/sealed": "true"}, ciphertext)
	_, err = core.Secrets(r.namespace).Create(context.Background(), secret, metav1.CreateOptions{FieldManager: "raw"})
	check(t, err)
}
