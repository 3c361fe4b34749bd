package engine

import "sync/atomic"

// Progress counts the Secrets that a rotation or a verification is done with.
// It may be read at any time.
type Progress struct{ done, failed atomic.Int64 }

// Done is how many Secrets that are, without those that failed.
func (p *Progress) Done() int { return int(p.done.Load()) }

// Failed is how many Secrets failed.
func (p *Progress) Failed() int { return int(p.failed.Load()) }

func (p *Progress) add(failed bool) {
	switch {
	case p == nil:
	case failed:
		p.failed.Add(1)
	default:
		p.done.Add(1)
	}
}
