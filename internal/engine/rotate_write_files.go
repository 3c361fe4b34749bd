package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// stage keeps the decision about a Secret in a file until the file is written.
func (r *rotation) stage(t *task) {
	d := r.decide(t)
	_, skipped := d.err.(skip) //nolint:errorlint // skips are never wrapped
	var broken *brokenError
	t.failed = d.err != nil && !skipped && !errors.As(d.err, &broken)
	r.stagedLock.Lock()
	defer r.stagedLock.Unlock()
	r.staged = append(r.staged, d)
}

// writeFiles writes each file once, after the pass, and records the results of its Secrets.
func (r *rotation) writeFiles(ctx context.Context) {
	slices.SortStableFunc(r.staged, func(a, b decision) int { return cmp.Compare(a.task.file, b.task.file) })
	for rest := r.staged; len(rest) > 0; {
		file := rest[0].task.file
		end := slices.IndexFunc(rest, func(d decision) bool { return d.task.file != file })
		if end < 0 {
			end = len(rest)
		}
		r.writeFile(ctx, rest[:end])
		rest = rest[end:]
	}
}

// writeFile writes the Secrets of one file. A failure is one of each Secret that would change.
func (r *rotation) writeFile(ctx context.Context, decisions []decision) {
	var unit []Change
	for _, d := range decisions {
		if d.write {
			unit = append(unit, d.change)
		}
	}
	var failed error
	if len(unit) > 0 {
		_, failed = r.client.store.Write(ctx, unit, r.request.DryRun)
	}
	for _, d := range decisions {
		if d.write {
			d.err = failed
		}
		r.report.secret(d.task, d, r.classify(d.task, d.err))
	}
}
