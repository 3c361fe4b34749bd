package etcdlog

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Write is one write of a Secret, or its deletion.
type Write struct {
	// Revision is etcd's: the resourceVersion of what was written. Each write has its own.
	Revision        int64
	Namespace, Name string
	// UID of the Secret that was written or deleted.
	UID types.UID
	// Secret is what was written, with its resourceVersion; nil: it was deleted.
	Secret *corev1.Secret
}

// Log has all writes of Secrets up to a revision, in order.
type Log struct {
	Revision int64
	Writes   []Write
}

// Secrets reads all writes of Secrets up to now.
func (e *Etcd) Secrets(ctx context.Context) (Log, error) {
	revision, err := e.Revision(ctx)
	if err != nil {
		return Log{}, err
	}
	d := decoder{uids: map[string]types.UID{}}
	err = e.watch(ctx, revision, d.add)
	return Log{Revision: revision, Writes: d.writes}, err
}

// secretsPrefix is the prefix of the keys of Secrets: the API server's prefix and the resource.
const secretsPrefix = "/registry/secrets/"

// decoder collects the writes of Secrets from all writes.
type decoder struct {
	writes []Write
	uids   map[string]types.UID // of Secrets that exist, by their key
}

// add adds a write, unless it is of another resource.
func (d *decoder) add(e event) error {
	rest, isSecret := strings.CutPrefix(string(e.KV.Key), secretsPrefix)
	if !isSecret {
		return nil
	}
	w := Write{Revision: e.KV.ModRevision}
	var valid bool
	if w.Namespace, w.Name, valid = strings.Cut(rest, "/"); !valid || strings.Contains(w.Name, "/") {
		return fmt.Errorf("revision %d: key %q is not of a Secret", w.Revision, e.KV.Key)
	}
	if err := d.read(&w, e); err != nil {
		return fmt.Errorf("revision %d: secret %s/%s: %w", w.Revision, w.Namespace, w.Name, err)
	}
	d.writes = append(d.writes, w)
	return nil
}

// read sets the Secret and the UID of a write.
func (d *decoder) read(w *Write, e event) error {
	key := string(e.KV.Key)
	if e.deletion() {
		uid, exists := d.uids[key]
		if !exists {
			return fmt.Errorf("it is deleted, and was never written")
		}
		w.UID = uid
		delete(d.uids, key)
		return nil
	}
	secret, err := decodeSecret(e.KV.Value)
	if err != nil {
		return err
	}
	if secret.Namespace != w.Namespace || secret.Name != w.Name {
		return fmt.Errorf("the object is of %s/%s", secret.Namespace, secret.Name)
	}
	secret.ResourceVersion = strconv.FormatInt(w.Revision, 10)
	w.UID, w.Secret = secret.UID, secret
	d.uids[key] = secret.UID
	return nil
}
