package retirement

import (
	"fmt"
	"math"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
)

// Rise is one rise of a key's oldest version that opens (min_decryption_version).
type Rise struct {
	Version int // the oldest version that opens since then
	// Since and Until are revisions of etcd. The version that the rise was decided for was made after all writes up to
	// Since, and the rise was done before any write after Until. The listing that decides is from between.
	Since, Until int64
	// Lowered: the version was lowered again, or may have been.
	Lowered bool
}

// Violation is an entry that a rise took the key from.
type Violation struct {
	Rise     Rise
	Entry    Entry
	Revision int64 // of the write that stored it
	// Later: the plugin stored it after the listing that decided, and it is still there. Else it was there all the time
	// in which that listing was made.
	Later bool
}

func (v Violation) String() string {
	when := fmt.Sprintf("and no listing between revisions %d and %d was without older entries", v.Rise.Since,
		v.Rise.Until)
	if v.Later {
		when = fmt.Sprintf("and the plugin wrote it after revision %d, when the last listing was without older entries",
			v.Rise.Since)
	}
	return fmt.Sprintf("version %d became the oldest that opens: %v, of version %d, was written in revision %d, %s",
		v.Rise.Version, v.Entry.Place, v.Entry.Version, v.Revision, when)
}

// Check checks every rise of a key. While its listing can have been made, there must be a moment without an entry that
// is older and authenticates. Entries that raw writers put back later are allowed. Those that the plugin puts back are
// allowed if the version was lowered again: the plugin lists a second time after a rise.
func Check(log etcdlog.Log, rises []Rise, r Reader) []Violation {
	changes := r.changes(log)
	var all []Violation
	for _, rise := range rises {
		all = append(all, check(changes, rise)...)
	}
	return all
}

// never stands for the revision of no moment.
const never = -1

func check(changes []change, rise Rise) []Violation {
	older := map[Place]map[string]stored{} // by Secret, the entries of now that need an older version
	free := int64(never)                   // the last moment without any
	var left []Violation                   // those at the end of the window
	for i, c := range changes {
		c.apply(older, rise.Version)
		next := int64(math.MaxInt64)
		if i+1 < len(changes) {
			next = changes[i+1].revision
		}
		first, last := max(c.revision, rise.Since), min(next-1, rise.Until)
		switch {
		case first > last: // outside
		case len(older) == 0:
			free = last
		default:
			left = violations(rise, older, never)
		}
	}
	switch {
	case free == never:
		return left
	case rise.Lowered:
		return nil
	}
	rise.Since = free
	return violations(rise, older, free)
}
