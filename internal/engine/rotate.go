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
	// RewrapOnly makes no new key version.
	RewrapOnly bool
	// IfOlderThan makes a new version only of a key whose latest one is at least that old when the rotation begins;
	// 0: of any.
	IfOlderThan time.Duration
	// IfCreatedBefore makes a new version only of a key whose latest one was made before then; zero: of any. With
	// RotationReport.ResumeIfOlderThan a rotation that stopped goes on where it was.
	IfCreatedBefore time.Time
	// IncludeManaged rewraps also what a GitOps tool would put back.
	IncludeManaged bool
	// Retire, if given, shuts out old key versions once nothing in the cluster needs them.
	Retire *Retire
	// DryRun reports what would be done. No key is rotated; with DryRunServer
	// the API server checks each write.
	DryRun DryRun
	// ListAll lets the report list every Secret, not only those that were left as they are. Its size is then
	// that of the cluster.
	ListAll bool
	// Progress, if given, counts Secrets as they are done.
	Progress *Progress
	// Abort, once closed, gives up also the writes that the end of the context lets finish.
	Abort <-chan struct{}
}

// Rotate makes a new version of each transit key once and rewraps every Secret in view that is older, with one
// conditional write a Secret. Plaintext never leaves Vault.
//
// The keys it rotates are the configured one, or where there is one for each namespace those of the namespaces in view,
// and those of Secrets that are named. A key that only an annotation names is not rotated: its Secrets are rewrapped.
// Where Secrets are named, discovered or in files, a key is rotated only after an entry has authenticated under it.
//
// When the context ends nothing new is begun; writes that are under way are awaited. The report is complete as far as
// it goes, also beside an error.
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

// unlessAborted is a context that outlives ctx until abort is closed.
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
	before  time.Time // rotate keys whose latest version was made before; zero: any

	finishing context.Context // that outlives the interrupt, for what must not be broken off

	rereads *semaphore.Weighted // attempts at Secrets that another client has changed

	stagedLock sync.Mutex
	staged     []decision // about Secrets in files
}

// check leaves alone what cannot be rewrapped, before any key is rotated for it.
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

// wants sends to Vault what is older than the target, and what states a newer version: only Vault knows whether that
// version exists. Everything is sent under a key that was not rotated for lack of a proof, and of a Secret that does
// not say which key it has: that is annotated only when all of it proves to be sealed with that key.
func (r *rotation) wants(t *task, entry sealed.Entry) bool {
	return !r.request.dry() && (!t.secret.Annotated() || t.state.unproven || entry.Ciphertext.Version() != t.target)
}
