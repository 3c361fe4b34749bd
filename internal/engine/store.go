package engine

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Store has the Secrets that a Client works on: a Cluster, or manifests in files.
type Store interface {
	// Each passes the Secrets in view to yield, page by page, until yield fails. A page belongs to yield, which may
	// change its Secrets. All Secrets of a file are in one page.
	Each(ctx context.Context, selection Selection, yield func([]Stored) error) error
	// Get reads one Secret as it is now. It fails with kube.ErrNotFound if there is none.
	Get(ctx context.Context, namespace, name string) (*corev1.Secret, error)
	// Write writes the changes of one unit, all or none. A unit is one Secret of a cluster, or Secrets of one file.
	// Write returns the Secrets as they are stored, or with a dry run as they would be. It fails with kube.ErrConflict
	// if the unit has changed since it was read.
	Write(ctx context.Context, unit []Change, dryRun DryRun) ([]*corev1.Secret, error)
	// View returns what is known about a selection before anything is read.
	View(selection Selection) View
	// ManagedBy is the tool that would restore the old values of a Secret after a write; empty: none.
	ManagedBy(live *corev1.Secret) string
	// KeepsMetadata reports whether a write changes entries only, and no labels and annotations.
	KeepsMetadata() bool
}

// Stored is a Secret that Store.Each passes to yield.
type Stored struct {
	// Secret has at least a namespace and a name, unless its file cannot be read.
	Secret *corev1.Secret
	// Err is why the Secret cannot be used. It does not name the file.
	Err error
	// File is the path of the file with the Secret; empty: it is in the cluster.
	File string
	// Line of the file, with Err; 0: not known.
	Line int
}

// ErrOutOfView says that only another namespace than that of a Secret in a file is in view. Reports count the Secret.
var ErrOutOfView = errors.New("its namespace is not in view")

// View is what is known about a selection before anything is read.
type View struct {
	// Named reports whether the user has named each Secret in view, or its file. Otherwise the Secrets come from a
	// list, and everyone who may write a Secret decides what is in it.
	Named bool
	// Namespaces in view; none: all of the cluster's.
	Namespaces []string
	// Secrets is the number of Secrets; 0: not known.
	Secrets int
}

// Change is a change of one Secret.
type Change struct {
	// Live is the Secret from Each or Get. A Change without it creates the Secret.
	Live *corev1.Secret
	// Type of a Secret to create; empty: Opaque.
	Type corev1.SecretType
	As   sealed.Secret // namespace, name, transit key and scope to record; without a key, what is recorded stays
	Set  map[string]transit.Ciphertext
	Drop []string // entries to remove
	// Kept is the metadata of the plaintext Secret, to add.
	Kept Metadata
	// Untype removes the annotation of the plaintext Secret's type if Kept has no type.
	Untype bool
	// Age is what changes in the annotations about the age of the plaintext.
	Age sealed.AgeChange
}

// CheckMetadata fails if the metadata of the Secret would have to change together with its entries. A Store that keeps
// metadata calls it before a write.
func (c Change) CheckMetadata() error {
	if c.As.Key.IsZero() && len(c.Set) == 0 {
		return nil // only annotations about the age change
	}
	is, err := readSealed(c.Live)
	if err != nil {
		return err
	}
	if is.Scope != c.As.Scope || is.Annotated() && is.Key != c.As.Key {
		return fmt.Errorf("manifest of secret %s/%s: its annotations do not say how transit key %s binds: "+
			"create it again with kubectl vaultseal create",
			is.Namespace, is.Name, c.As.Key)
	}
	return nil
}

// View returns what is known about a selection before anything is read.
func (c *Client) View(selection Selection) View { return c.store.View(selection) }

// named reports whether the user has named each Secret in view, or its file.
func (c *Client) named(selection Selection) bool { return c.store.View(selection).Named }

// write writes one change.
func (c *Client) write(ctx context.Context, change Change, dryRun DryRun) (*corev1.Secret, error) {
	stored, err := c.store.Write(ctx, []Change{change}, dryRun)
	if err != nil {
		return nil, err
	}
	return stored[0], nil
}
