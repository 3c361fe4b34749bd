package engine

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Retire asks for old key versions to be shut out after a rotation.
type Retire struct {
	// Keep is how many versions go on opening, the latest among them. At least 1.
	Keep int
	// Confirm, if given, is asked before the versions of a key are shut out.
	Confirm func(ctx context.Context, planned KeyRetirement) (bool, error)
}

// KeyRetirement is what became of the old versions of a transit key.
type KeyRetirement struct {
	TransitKey string `json:"transitKey"`
	// State says which version is the oldest that opens; Retired is true for VersionsRetired.
	State   RetirementState `json:"state"`
	Retired bool            `json:"retired"`
	// FromVersion was the oldest version that opens, ToVersion is, or would have been, the oldest from now on.
	FromVersion int `json:"fromVersion"`
	ToVersion   int `json:"toVersion"`
	// Blocking are entries of the cluster that need an older version, the first of Blocked in all.
	Blocking []OlderEntry `json:"blocking,omitempty"`
	Blocked  int          `json:"blocked,omitempty"`
	// Reason why nothing was retired, or why that is not known.
	Reason string `json:"reason,omitempty"`

	// Err is the failure, where it is one. Blocked versions are ErrStillNeeded.
	Err error `json:"-"`
}

// RetirementState says what a key's oldest version is.
type RetirementState string

// The states.
const (
	VersionsRetired RetirementState = "retired" // versions below ToVersion do not open
	VersionsStay    RetirementState = "stays"   // FromVersion is the oldest that opens
	// VersionsUnknown: the oldest is one of the two. The key's min_decryption_version was raised, or may have been,
	// and could not be set back; entries that are older may not open.
	VersionsUnknown RetirementState = "unknown"
)

// OlderEntry is an entry that is sealed with a version about to be retired.
type OlderEntry struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Entry     string `json:"entry"`
	Version   int    `json:"version"`
	// ManagedBy is the tool that would put the entry back to what its manifest has; empty: none.
	ManagedBy string `json:"managedBy,omitempty"`
}

// ErrStillNeeded says that entries of the cluster need a key version that was to be retired.
var ErrStillNeeded = errors.New("older entries still need it")

// errNotListed: files do not show what else a key version opens.
var errNotListed = errors.New("old key versions can be retired only after a listing of the whole cluster")

// errRestless: entries that cannot be told apart kept appearing.
var errRestless = errors.New("the cluster's Secrets kept changing while its versions were being retired: try again")

const (
	maxBlocking  = 100 // that a report names
	retireRounds = 5
	lowerTimeout = 30 * time.Second // for finding out whether versions were raised, and again for setting them back
)

// retirement is the retiring of old versions of some keys.
//
// A key's oldest version is raised only after a new listing of every Secret of the cluster has shown nothing older
// under it. Then everything is listed again, for Secrets that were written in between: if one needs an older version,
// or may need it, the version is lowered again. Lowering restores; nothing is destroyed.
type retirement struct {
	client *Client
	keep   int
	keys   map[transit.Key]*retiring
	tested map[fingerprint]bool // Secrets with values that do not belong to the key they might have

	dry     bool
	planned map[string]bool // in a dry run, the places of Secrets that would have been rewrapped by now
}

// retiring is one key on its way.
type retiring struct {
	row       KeyRetirement
	info      transit.KeyInfo
	vault     vault
	confirmed bool
	unsure    bool // something of unknown origin has appeared since the versions were tested
	raised    bool // its versions are raised, or may be

	// alarms are the namespaces of that. Where all of it turns out not to belong to the key, they were false.
	alarms, falseAlarms map[string]bool
}

// retire works on the keys that the rotation owned, once all that was in view is done.
func (r *rotation) retire(ctx context.Context, report *RotationReport) ([]KeyRetirement, error) {
	if r.client.named(Selection{}) {
		return nil, errNotListed
	}
	t := &retirement{
		client: r.client, keep: r.request.Retire.Keep, dry: r.request.dry(),
		keys: map[transit.Key]*retiring{}, tested: map[fingerprint]bool{}, planned: map[string]bool{},
	}
	for _, secret := range report.Secrets {
		t.planned[secret.Namespace+"/"+secret.Name] = t.dry && secret.Status == Rewrapped
	}
	for state, row := range r.report.rows {
		if state.owned && !state.unproven && state.err == nil {
			t.add(state)
			if row.Secrets.Failed > 0 {
				t.keys[state.key].refuse("the rotation had failures", nil)
			}
		}
	}
	if report.Summary.NoneOpens() {
		t.refuseAll(ErrNoneOpens.Error(), nil)
	}
	err := t.run(ctx, r.request.Retire.Confirm)
	return t.rows(), err
}

func (t *retirement) add(state *keyState) {
	k := &retiring{info: state.info, vault: state.vault, alarms: map[string]bool{}, falseAlarms: map[string]bool{}}
	k.row = KeyRetirement{
		TransitKey:  state.key.String(),
		State:       VersionsStay,
		FromVersion: state.info.MinDecryptionVersion,
		ToVersion:   state.target - t.keep + 1,
	}
	if k.row.ToVersion <= k.row.FromVersion {
		k.row.ToVersion = k.row.FromVersion
		k.row.Reason = "no version is older than those that are kept"
	}
	t.keys[state.key] = k
}

// open are the keys about which nothing has been decided yet.
func (t *retirement) open() map[transit.Key]*retiring {
	open := maps.Clone(t.keys)
	maps.DeleteFunc(open, func(_ transit.Key, k *retiring) bool { return k.row.State != VersionsStay || k.row.Reason != "" })
	return open
}

// run decides about every key. Its error is one that ends the command; what is wrong with one key is in its row.
func (t *retirement) run(ctx context.Context, confirm func(context.Context, KeyRetirement) (bool, error)) error {
	err := t.decide(ctx, confirm)
	switch {
	case interrupted(err):
		t.refuseAll("interrupted", nil)
	case err != nil:
		t.refuseAll("stopped: "+err.Error(), nil)
	}
	return err
}

func (t *retirement) decide(ctx context.Context, confirm func(context.Context, KeyRetirement) (bool, error)) error {
	if t.dry {
		err := t.scan(ctx, t.open(), false)
		t.refuseAll("dry run", nil)
		return err
	}
	for round := 0; len(t.open()) > 0; round++ {
		if round == retireRounds {
			t.refuseAll(errRestless.Error(), errRestless)
			return nil
		}
		if err := t.scan(ctx, t.open(), false); err != nil {
			return err
		}
		if err := t.ask(ctx, confirm); err != nil {
			return err
		}
		if err := t.raiseAndCheck(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ask lets the caller decide about each open key, once.
func (t *retirement) ask(ctx context.Context, confirm func(context.Context, KeyRetirement) (bool, error)) error {
	if confirm == nil {
		return nil
	}
	for _, k := range sortedByRow(t.open()) {
		if k.confirmed {
			continue
		}
		yes, err := confirm(ctx, k.row)
		if err != nil {
			return err
		}
		if k.confirmed = yes; !yes {
			k.row.Reason = "not confirmed"
		}
	}
	return nil
}

func (k *retiring) refuse(reason string, err error) { k.row.Reason, k.row.Err = reason, err }

// older records an entry that needs a version about to be retired.
func (k *retiring) older(entry OlderEntry) {
	k.row.Blocked++
	if len(k.row.Blocking) < maxBlocking {
		k.row.Blocking = append(k.row.Blocking, entry)
	}
	k.refuse(ErrStillNeeded.Error(), ErrStillNeeded)
}

func (t *retirement) refuseAll(reason string, err error) {
	for _, k := range t.open() {
		k.refuse(reason, err)
	}
}

func (t *retirement) rows() []KeyRetirement {
	rows := make([]KeyRetirement, 0, len(t.keys))
	for _, k := range sortedByRow(t.keys) {
		rows = append(rows, k.row)
	}
	return rows
}

func sortedByRow(keys map[transit.Key]*retiring) []*retiring {
	return slices.SortedFunc(maps.Values(keys), func(a, b *retiring) int { return cmp.Compare(a.row.TransitKey, b.row.TransitKey) })
}

func compareKeys(a, b transit.Key) int { return cmp.Compare(a.String(), b.String()) }
