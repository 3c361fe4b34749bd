package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Manifests keep sealed Secrets in files, in place of the cluster.
type Manifests interface {
	// Secrets are all of them, by file, and as they stand in it.
	Secrets() []Manifest
	// Rewrite changes entries of Secrets of one file, all of them or none, and nothing else in it. With dry it says
	// whether that can be done, and does nothing.
	Rewrite(file string, changes []ManifestChange, dry bool) error
	// Reread reads a file again, for what others have changed in it.
	Reread(file string) error
}

// Manifest is a Secret in a file: a sealed one, or one that is not, or that could not be read.
type Manifest struct {
	File   string
	Line   int            // where it stands, where that is known and Err is set
	Secret *corev1.Secret // with a namespace, but for what could not be read
	// Err is why nothing can be done about it. It names no file.
	Err error
}

// ErrOutOfView says of a Secret in a file that it is of another namespace than the only one in view. It is counted in the
// report, and nothing is done about it.
var ErrOutOfView = errors.New("its namespace is not in view")

// ManifestChange is what becomes of the entries of one Secret in a file.
type ManifestChange struct {
	Secret *corev1.Secret // as Secrets gave it
	Set    map[string]transit.Ciphertext
	Drop   []string
}

// storedSecrets are the Secrets of manifests that are in view.
func storedSecrets(manifests Manifests) []storedSecret {
	var all []storedSecret
	for _, m := range manifests.Secrets() {
		if errors.Is(m.Err, ErrOutOfView) {
			continue
		}
		live := *m.Secret // a pass drops of it what it has no more use for
		all = append(all, storedSecret{live: &live, err: m.Err, file: m.File, line: m.Line, manifest: m.Secret})
	}
	return all
}

// inManifests finds a Secret in the manifests.
func (c *Client) inManifests(namespace, name string) (Manifest, error) {
	for _, m := range c.manifests.Secrets() {
		if m.Err == nil && m.Secret.Namespace == namespace && m.Secret.Name == name {
			return m, nil
		}
	}
	return Manifest{}, fmt.Errorf("manifest of secret %s/%s: %w", namespace, name, kube.ErrNotFound)
}

// rewrite makes a change in the file that holds the Secret. Its annotations stay as they are, so that the change must
// be one that they fit.
func (c *Client) rewrite(made change, dryRun DryRun) (*corev1.Secret, error) {
	m, err := c.inManifests(made.live.Namespace, made.live.Name)
	if err != nil {
		return nil, err
	}
	if m.Secret != made.live { // it has been read again since
		return nil, fmt.Errorf("manifest of secret %s/%s: %w", made.live.Namespace, made.live.Name, kube.ErrConflict)
	}
	said, err := readSealed(made.live)
	if err != nil {
		return nil, err
	}
	if said.Scope != made.as.Scope || said.Annotated() && said.Key != made.as.Key {
		return nil, fmt.Errorf("manifest of secret %s/%s: its annotations do not say how transit key %s binds: write it anew with kubectl vaultseal create",
			said.Namespace, said.Name, made.as.Key)
	}
	err = c.manifests.Rewrite(m.File, []ManifestChange{{Secret: m.Secret, Set: made.set, Drop: made.drop}}, dryRun == DryRunClient)
	if errors.Is(err, kube.ErrConflict) {
		if again := c.manifests.Reread(m.File); again != nil {
			return nil, fmt.Errorf("it was changed by someone else since it was read, and cannot be read: %w", again)
		}
	}
	after := made.live.DeepCopy()
	after.Data = made.applied().Data
	return after, err
}

// fileChange is what has come back from Vault for one Secret in a file.
type fileChange struct {
	task *task
	set  map[string]transit.Ciphertext
	err  error
}

// stage keeps the results of a Secret in a file until the file is written.
func (r *rotation) stage(_ context.Context, t *task) error {
	staged := fileChange{task: t}
	if t.err != nil {
		staged.err = r.failure(t)
	} else {
		todo, err := r.change(t)
		staged.set, staged.err = todo.set, err
	}
	_, skipped := staged.err.(skip) //nolint:errorlint // skips are never wrapped
	var broken *brokenError
	t.failed = staged.err != nil && !skipped && !errors.As(staged.err, &broken)
	r.stagedLock.Lock()
	defer r.stagedLock.Unlock()
	r.staged = append(r.staged, staged)
	return nil
}

// writeStaged writes each file once, and records what became of its Secrets. A file that cannot be written is a failure
// of the Secrets that would have changed in it.
func (r *rotation) writeStaged() {
	slices.SortStableFunc(r.staged, func(a, b fileChange) int { return cmp.Compare(a.task.file, b.task.file) })
	for rest := r.staged; len(rest) > 0; {
		file := rest[0].task.file
		end := slices.IndexFunc(rest, func(s fileChange) bool { return s.task.file != file })
		if end < 0 {
			end = len(rest)
		}
		r.writeFile(file, rest[:end])
		rest = rest[end:]
	}
}

func (r *rotation) writeFile(file string, staged []fileChange) {
	var changes []ManifestChange
	for _, s := range staged {
		if s.err == nil && len(s.set) > 0 {
			changes = append(changes, ManifestChange{Secret: s.task.manifest, Set: s.set})
		}
	}
	var failed error
	if len(changes) > 0 {
		failed = r.client.manifests.Rewrite(file, changes, r.request.dry())
	}
	for _, s := range staged {
		if s.err == nil && len(s.set) > 0 {
			s.err = failed
		}
		r.report.secret(s.task, len(s.set), r.classify(s.task, s.err))
	}
}
