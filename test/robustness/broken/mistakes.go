package broken

// Mistake is a change of the plugin's source that loses data.
type Mistake struct {
	Name  string
	Edits []Edit
	Added map[string]string // new files: path in the repository → text
}

// Edit replaces a text in a file. The text must be there once.
type Edit struct {
	File     string // path in the repository
	Old, New string
}

// Mistakes are all that the tests must notice.
func Mistakes() []Mistake {
	return []Mistake{Unconditional(), OldData(), OldListing()}
}

// Unconditional leaves the resourceVersion out of writes: another client's change since the read is lost.
func Unconditional() Mistake {
	return Mistake{Name: "unconditional", Edits: []Edit{{
		File: "internal/engine/write.go",
		Old:  `metadata := map[string]any{"resourceVersion": c.Live.ResourceVersion}`,
		New:  `metadata := map[string]any{}`,
	}}}
}

// OldData answers a conflict with the resourceVersion of now and the data that was computed before.
func OldData() Mistake {
	const signature = "(ctx context.Context, change Change, dryRun DryRun) (*corev1.Secret, error) {\n"
	return Mistake{Name: "old-data", Edits: []Edit{{
		File: "internal/engine/store_cluster.go",
		Old:  "func (c *Cluster) patch" + signature,
		New: "func (c *Cluster) patch" + signature + `	for {
		stored, err := c.patchOnce(ctx, change, dryRun)
		if !errors.Is(err, kube.ErrConflict) {
			return stored, err
		}
		fresh, err := c.Get(ctx, change.Live.Namespace, change.Live.Name)
		if err != nil {
			return nil, err
		}
		change.Live = change.Live.DeepCopy()
		change.Live.ResourceVersion = fresh.ResourceVersion
	}
}

func (c *Cluster) patchOnce` + signature,
	}}}
}

// OldListing judges retirement by a listing that was made before the rotation. It reads the Secrets of that listing
// again, and misses those that have appeared since.
func OldListing() Mistake {
	return Mistake{
		Name: "old-listing",
		Edits: []Edit{
			{
				File: "internal/engine/rotate.go",
				Old:  "	err := p.run(ctx, finishing)\n",
				New:  "	c.listBefore(ctx)\n	err := p.run(ctx, finishing)\n",
			},
			{
				File: "internal/engine/retire_scan.go",
				Old:  "return t.client.store.Each(ctx, Selection{Discover: true}, func(",
				New:  "return t.client.eachListed(ctx, func(",
			},
		},
		Added: map[string]string{"internal/engine/retire_old_listing.go": oldListing},
	}
}

const oldListing = `package engine

import (
	"context"
	"errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

var listed []Stored

func (c *Client) listBefore(ctx context.Context) {
	_ = c.store.Each(ctx, Selection{Discover: true}, func(page []Stored) error {
		listed = append(listed, page...)
		return nil
	})
}

func (c *Client) eachListed(ctx context.Context, yield func([]Stored) error) error {
	for _, one := range listed {
		live, err := c.store.Get(ctx, one.Secret.Namespace, one.Secret.Name)
		if errors.Is(err, kube.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := yield([]Stored{{Secret: live}}); err != nil {
			return err
		}
	}
	return nil
}
`
