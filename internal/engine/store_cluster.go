package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// DefaultFieldManager is the default field manager of writes.
const DefaultFieldManager = "vaultseal"

// ClusterOptions configure a Cluster.
type ClusterOptions struct {
	// FieldManager of writes; empty means DefaultFieldManager.
	FieldManager string
	// Concurrency is the number of named Secrets that are read at once; 0 means DefaultConcurrency.
	Concurrency int
}

// Cluster is the Store of the Secrets of a cluster. It is safe for concurrent use.
type Cluster struct {
	secrets corev1client.SecretsGetter
	options ClusterOptions
}

// NewCluster returns a Cluster. secrets is a client with the credentials of the user. It contacts no server.
func NewCluster(secrets corev1client.SecretsGetter, options ClusterOptions) *Cluster {
	if options.FieldManager == "" {
		options.FieldManager = DefaultFieldManager
	}
	if options.Concurrency == 0 {
		options.Concurrency = DefaultConcurrency
	}
	return &Cluster{secrets: secrets, options: options}
}

// View is Named if the selection has names.
func (c *Cluster) View(selection Selection) View {
	return View{Named: len(selection.Names) > 0, Namespaces: selection.Namespaces, Secrets: len(selection.Names)}
}

// ManagedBy finds the tool by the Secret's labels, annotations and field managers.
func (c *Cluster) ManagedBy(live *corev1.Secret) string {
	return sealed.ManagedBy(live, DefaultFieldManager, c.options.FieldManager)
}

// KeepsMetadata is false: a write records transit key and scope, and removes copies of the plaintext.
func (c *Cluster) KeepsMetadata() bool { return false }

// Get reads a Secret.
func (c *Cluster) Get(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	live, err := c.secrets.Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("get secret %s/%s: %w", namespace, name, kube.Classify(err))
	}
	return live, nil
}

// Each reads the Secrets that the selection names, or lists them.
func (c *Cluster) Each(ctx context.Context, selection Selection, yield func([]Stored) error) error {
	if len(selection.Names) > 0 {
		page, err := c.named(ctx, selection)
		if err != nil {
			return err
		}
		return yield(page)
	}
	for _, namespace := range selection.Lists() {
		err := c.list(ctx, namespace, selection.listOptions(), func(items []corev1.Secret) error {
			return yield(selection.page(items))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// page returns the Secrets of a list that are in view.
func (s Selection) page(items []corev1.Secret) []Stored {
	page := make([]Stored, 0, len(items))
	for i := range items {
		if s.takes(&items[i]) {
			live := items[i] // a copy: a pointer would keep the whole page in memory
			page = append(page, Stored{Secret: &live})
		}
	}
	return page
}

// named reads the Secrets with the selection's names, each once. A Secret that cannot be read is Stored with an error.
// It fails if the API server does not answer at all.
func (c *Cluster) named(ctx context.Context, selection Selection) ([]Stored, error) {
	names := slices.Clone(selection.Names)
	slices.Sort(names)
	names = slices.Compact(names)
	page, namespace := make([]Stored, len(names)), selection.Namespaces[0]
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.options.Concurrency)
	for i, name := range names {
		group.Go(func() error {
			live, err := c.Get(ctx, namespace, name)
			if err != nil {
				live = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
			}
			page[i] = Stored{Secret: live, Err: err}
			if fatal(err) {
				return err
			}
			return nil
		})
	}
	return page, group.Wait()
}

// Write writes one Secret on condition that it still has the resourceVersion that was read, and compares what was
// stored with what was sent.
func (c *Cluster) Write(ctx context.Context, unit []Change, dryRun DryRun) ([]*corev1.Secret, error) {
	if len(unit) != 1 {
		return nil, fmt.Errorf("a write to the cluster changes one Secret, not %d", len(unit))
	}
	change := unit[0]
	if dryRun == DryRunClient {
		return []*corev1.Secret{change.applied()}, nil
	}
	write := c.patch
	if change.Live == nil {
		write = c.create
	}
	stored, err := write(ctx, change, dryRun)
	if err != nil {
		return nil, err
	}
	return []*corev1.Secret{stored}, checkStored(stored, change.Set)
}

// patch changes an existing Secret.
func (c *Cluster) patch(ctx context.Context, change Change, dryRun DryRun) (*corev1.Secret, error) {
	namespace, name := change.Live.Namespace, change.Live.Name
	if change.Live.ResourceVersion == "" {
		return nil, fmt.Errorf(
			"secret %s/%s: it was not read from the cluster, and a write there would lose what others wrote",
			namespace, name)
	}
	kind, patch, err := change.patch()
	if err != nil {
		return nil, err
	}
	watched, repeated := kube.WatchRepeats(ctx)
	stored, err := c.secrets.Secrets(namespace).Patch(watched, name, kind, patch,
		metav1.PatchOptions{FieldManager: c.options.FieldManager, DryRun: dryRun.options()})
	if err != nil {
		err = fmt.Errorf("write secret %s/%s: %w", namespace, name, kube.Classify(err))
	}
	if repeated() && (errors.Is(err, kube.ErrConflict) || errors.Is(err, kube.ErrNotFound)) {
		return c.whetherWritten(ctx, change, err)
	}
	return stored, err
}

// create creates a Secret.
func (c *Cluster) create(ctx context.Context, change Change, dryRun DryRun) (*corev1.Secret, error) {
	secret := change.applied()
	stored, err := c.secrets.Secrets(secret.Namespace).Create(ctx, secret,
		metav1.CreateOptions{FieldManager: c.options.FieldManager, DryRun: dryRun.options()})
	if err != nil {
		return nil, fmt.Errorf("create secret %s/%s: %w", secret.Namespace, secret.Name, kube.Classify(err))
	}
	return stored, nil
}

// Delete deletes a Secret on condition that it still has the resourceVersion that was read. It is done if the Secret is
// gone.
func (c *Cluster) Delete(ctx context.Context, live *corev1.Secret, dryRun DryRun) error {
	if dryRun == DryRunClient {
		return nil
	}
	options := metav1.DeleteOptions{DryRun: dryRun.options(), Preconditions: &metav1.Preconditions{
		UID: &live.UID, ResourceVersion: &live.ResourceVersion,
	}}
	err := kube.Classify(c.secrets.Secrets(live.Namespace).Delete(ctx, live.Name, options))
	if err != nil && !errors.Is(err, kube.ErrNotFound) {
		return fmt.Errorf("delete secret %s/%s: %w", live.Namespace, live.Name, err)
	}
	return nil
}

func checkStored(stored *corev1.Secret, sent map[string]transit.Ciphertext) error {
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if !bytes.Equal(stored.Data[name], []byte(sent[name].String())) {
			return fmt.Errorf("secret %s/%s entry %q: the API server stored other bytes than were sent",
				stored.Namespace, stored.Name, name)
		}
	}
	return nil
}
