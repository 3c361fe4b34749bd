package engine

import "sync/atomic"

// Progress counts the finished Secrets of a rotation or a verification. It is safe for concurrent use.
type Progress struct{ done, failed atomic.Int64 }

// Done is the number of finished Secrets without failures.
func (p *Progress) Done() int { return int(p.done.Load()) }

// Failed is the number of failed Secrets.
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
