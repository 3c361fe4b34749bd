package delivery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"
)

// Refresher writes the directories of a plan again when kubelet has updated their ciphertext or what is copied to them.
type Refresher struct {
	Plan *Plan
	Open OpenFunc
	// Report is called with what failed, once for the same failure, and with nil when it succeeds again.
	Report func(failed error)
	// Refreshed is called after directories have changed, with their paths.
	Refreshed func(dirs []string)

	times refreshTimes // zero: those that pods have
}

// refreshTimes are how long a Refresher waits.
type refreshTimes struct {
	poll      time.Duration // between looks, in case that an event was lost
	unwatched time.Duration // the same without events
	settle    time.Duration // after an event, because kubelet updates volumes one after the other

	retry, retryAtMost time.Duration // after the first failure, and then twice as long each time
}

func podTimes() refreshTimes {
	return refreshTimes{poll: time.Minute, unwatched: 10 * time.Second, settle: 500 * time.Millisecond,
		retry: 2 * time.Second, retryAtMost: 2 * time.Minute}
}

// Run writes the directories until ctx ends. It opens everything once, because it does not know what the files that
// exist were made of. A failure leaves all files as they are, and is tried again.
//
// A plan with files of their own, env files or binaries is delivered first, and a failure of that is Run's.
func (r *Refresher) Run(ctx context.Context) error {
	times := cmp.Or(r.times, podTimes())
	watched, err := watch(ctx, r.Plan.refreshedFrom())
	if err != nil {
		times.poll = min(times.poll, times.unwatched) // the node may have no watch left for this pod
	}
	delivered := map[string]fingerprint{}
	if r.Plan.onlyOnce() {
		if delivered, err = r.Plan.deliver(ctx, r.Open); err != nil {
			return err
		}
	}
	failures, said := 0, ""
	for ctx.Err() == nil {
		wait := times.poll
		switch err := r.refresh(ctx, delivered); {
		case ctx.Err() != nil: // the end is no failure
		case err != nil:
			wait = min(times.retry<<min(failures, 16), times.retryAtMost)
			wait += rand.N(wait/4 + 1) //nolint:gosec // spreads load, guards nothing
			failures++
			if said != err.Error() {
				r.Report(err)
			}
			said = err.Error()
		case failures > 0:
			failures, said = 0, ""
			r.Report(nil)
		}
		debug.FreeOSMemory() // it holds plaintext, and is not needed for a long time
		if pause(ctx, wait, watched) {
			pause(ctx, times.settle, nil)
			drain(watched)
		}
	}
	return nil
}

// refresh writes the directories whose sources are others than those of the last delivery.
func (r *Refresher) refresh(ctx context.Context, delivered map[string]fingerprint) error {
	p := r.Plan
	sources, err := p.read(p.dirs)
	if err != nil {
		return err
	}
	prints, err := p.fingerprints(sources)
	if err != nil {
		return err
	}
	due := slices.DeleteFunc(slices.Clone(p.dirs), func(dir *dirPlan) bool {
		before, known := delivered[dir.path]
		return known && before == prints[dir.path]
	})
	if len(due) == 0 {
		return nil
	}
	wanted, err := p.wanted(sources, due)
	if err != nil {
		return err
	}
	opened, err := openAll(ctx, sources.ciphertexts, wanted, r.Open)
	if err != nil {
		return err
	}
	if err := p.makeEmptyDirs(); err != nil {
		return err
	}
	var changes changes
	changed, err := changes.stageDirs(due, sources, opened)
	if err := changes.finish(err); err != nil {
		return err
	}
	maps.Copy(delivered, prints)
	if len(changed) > 0 {
		r.Refreshed(changed)
	}
	return nil
}

// onlyOnce reports whether the plan has targets that are not refreshed. Empty directories are not among them: a volume
// with mounts below it has some, and must outlive a Vault that is down when its sidecar starts again.
func (p *Plan) onlyOnce() bool {
	return len(p.files)+len(p.envFiles)+len(p.binaries) > 0
}

// HasDirs reports whether the plan has targets that can be refreshed.
func (p *Plan) HasDirs() bool { return len(p.dirs) > 0 }

// refreshedFrom are the directories that the plan's directories are made of.
func (p *Plan) refreshedFrom() []string {
	var dirs []string
	for _, from := range p.sealed {
		dirs = append(dirs, from.Dir)
	}
	for _, dir := range p.dirs {
		for _, target := range dir.writes {
			if target, copies := target.(*Copy); copies {
				dirs = append(dirs, target.From)
			}
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

type fingerprint [sha256.Size]byte

// fingerprints are those of all directories, by their paths.
func (p *Plan) fingerprints(s *sources) (map[string]fingerprint, error) {
	prints := make(map[string]fingerprint, len(p.dirs))
	for _, dir := range p.dirs {
		var err error
		if prints[dir.path], err = p.fingerprint(s, dir); err != nil {
			return nil, err
		}
	}
	return prints, nil
}

// fingerprint is that of everything that a directory is made of.
func (p *Plan) fingerprint(s *sources, dir *dirPlan) (fingerprint, error) {
	wanted, err := p.wanted(s, []*dirPlan{dir})
	if err != nil {
		return fingerprint{}, err
	}
	ciphertext := make(map[Entry][]byte, len(wanted))
	for entry := range wanted {
		if at, found := s.find(entry); found {
			ciphertext[entry] = s.mounted[at].files[entry.Name].content
		}
	}
	files := dir.contents(s, ciphertext)
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		_, _ = fmt.Fprintf(sum, "%q %o %d\n", name, files[name].mode, len(files[name].content))
		_, _ = sum.Write(files[name].content)
	}
	return fingerprint(sum.Sum(nil)), nil
}

// pause waits until the time is over, an event comes or ctx ends. It reports whether an event came.
func pause(ctx context.Context, wait time.Duration, events <-chan struct{}) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-events:
		return true
	}
	return false
}

// drain forgets an event that the next look covers.
func drain(events <-chan struct{}) {
	select {
	case <-events:
	default:
	}
}
