package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// RotateRequest says what to rotate.
type RotateRequest struct {
	Selection
	// RewrapOnly creates no new key version.
	RewrapOnly bool
	// IfOlderThan rotates a key only if its latest version is at least that old when the rotation begins; 0: any key.
	IfOlderThan time.Duration
	// IfCreatedBefore rotates a key only if its latest version was created before that time; zero: any key. With
	// RotationReport.ResumeIfOlderThan it finishes a rotation that stopped.
	IfCreatedBefore time.Time
	// IncludeManaged also rewraps Secrets that a GitOps tool would put back.
	IncludeManaged bool
	// Retire, if set, disables old key versions that nothing in the cluster needs.
	Retire *Retire
	// DryRun reports what would be done, and rotates no key. With DryRunServer the API server checks each write.
	DryRun DryRun
	// ListAll lets the report list every Secret, including those that are done. Then its size grows with the cluster.
	ListAll bool
	// Progress, if set, counts finished Secrets.
	Progress *Progress
	// Abort, when it is closed, cancels also the writes that continue after the end of the context.
	Abort <-chan struct{}
}

// Rotate creates one new version of each transit key and rewraps every older Secret in view, with one conditional write
// for each Secret. Plaintext never leaves Vault.
//
// It rotates the configured key, or with a key for each namespace the keys of the namespaces in view, and the keys of
// named Secrets. It does not rotate a key that only an annotation names; it rewraps the Secrets of such a key. If
// Secrets are named, discovered or in files, it rotates a key only after one entry has authenticated with it.
//
// When the context ends it starts nothing new, and waits for the writes that it has started. The report has all that
// was done, also if there is an error.
func (c *Client) Rotate(ctx context.Context, request RotateRequest) (*RotationReport, error) {
	r := &rotation{
		client: c, request: request, report: newRotationRecord(request), before: request.createdBefore(time.Now()),
		rereads: semaphore.NewWeighted(maxRereads),
	}
	p := &pass{
		client: c, selection: request.Selection, progress: request.Progress,
		extraKeys: r.extraKeys, check: r.check, prepare: r.prepare, wants: r.wants, finish: r.finish,
	}
	finishing, cancel := unlessAborted(ctx, request.Abort)
	defer cancel()
	r.finishing = finishing
	err := p.run(ctx, finishing)
	r.writeFiles(finishing)
	report := r.report.finish(request.partial() || c.named(request.Selection))
	report.ResumeIfOlderThan = r.report.resumeFrom(r.before)
	report.AllPrepared = p.allPrepared.Load()
	report.Namespaces = p.namespaceReports(report.failures())
	if err == nil {
		err = r.report.requiredFailure()
	}
	if err == nil && request.Retire != nil {
		report.Retirements, err = r.retire(ctx, report)
	}
	return report, err
}

// unlessAborted returns a context that continues after ctx, until abort is closed.
func unlessAborted(ctx context.Context, abort <-chan struct{}) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		select {
		case <-abort:
			cancel()
		case <-lasting.Done():
		}
	}()
	return lasting, cancel
}

type rotation struct {
	client  *Client
	request RotateRequest
	report  *rotationRecord
	before  time.Time // rotate keys whose latest version is older; zero: any

	finishing context.Context // continues after an interrupt, for steps that must be completed

	rereads *semaphore.Weighted // retries after a conflict

	stagedLock sync.Mutex
	staged     []decision // about Secrets in files
}

// check refuses Secrets that cannot be rewrapped, before a key is rotated for them.
func (r *rotation) check(t *task) error {
	switch {
	case len(t.secret.Unsealed()) == len(t.secret.Entries) && len(r.request.Names) > 0:
		return fmt.Errorf("secret %s/%s: %w", t.secret.Namespace, t.secret.Name, ErrNotSealed)
	case len(t.secret.Unsealed()) == len(t.secret.Entries):
		return errNoSeal
	case immutable(t.live):
		return errImmutable
	case t.managed != "" && !r.request.IncludeManaged:
		return managed(t.managed)
	}
	return nil
}

func (r RotateRequest) dry() bool { return r.DryRun == DryRunClient || r.DryRun == DryRunServer }

// wants selects entries that are older than the target, and those with a newer version, because only Vault knows
// whether it exists. Under an unproven key, and of a Secret without the key's annotation, it selects all: such a Secret
// is annotated only if all its entries prove to be sealed with the key.
func (r *rotation) wants(t *task, entry sealed.Entry) bool {
	return !r.request.dry() && (!t.secret.Annotated() || t.state.unproven || entry.Ciphertext.Version() != t.target)
}
