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

// Retire disables old key versions after a rotation.
type Retire struct {
	// Keep is the number of versions that stay enabled, including the latest. At least 1.
	Keep int
	// AuthMount is the installation's own, below auth/; empty: unknown.
	AuthMount string
	// Confirm, if set, is called before the versions of a key are disabled.
	Confirm func(ctx context.Context, planned KeyRetirement) (bool, error)
	// Tell, if set, gets the keys whose versions are about to be disabled, or would be in a dry run, before Confirm is
	// called. It gets each key once.
	Tell func(planned []KeyRetirement)
}

// KeyRetirement is the result for the old versions of a transit key.
type KeyRetirement struct {
	TransitKey string `json:"transitKey"`
	// State tells which version is the oldest that opens. Retired is true for VersionsRetired.
	State   RetirementState `json:"state"`
	Retired bool            `json:"retired"`
	// FromVersion was the oldest version that opens. ToVersion is the oldest one now, or was to be.
	FromVersion int `json:"fromVersion"`
	ToVersion   int `json:"toVersion"`
	// OtherInstallations are the auth mounts of other installations that use the key, such as another cluster's, as far
	// as Vault's description of the engine lists them. Their Secrets may need older versions.
	OtherInstallations []string `json:"otherInstallations,omitempty"`
	// Blocking are entries of the cluster that need an older version: the first ones of Blocked.
	Blocking []OlderEntry `json:"blocking,omitempty"`
	Blocked  int          `json:"blocked,omitempty"`
	// Reason says why nothing was retired, or why that is not known.
	Reason string `json:"reason,omitempty"`

	// Err is the failure, if it is one. For blocked versions it is ErrStillNeeded.
	Err error `json:"-"`
}

// RetirementState tells which version of a key is the oldest that opens.
type RetirementState string

// The states.
const (
	VersionsRetired RetirementState = "retired" // versions below ToVersion do not open
	VersionsStay    RetirementState = "stays"   // FromVersion is the oldest that opens
	// VersionsUnknown: it is one of the two. min_decryption_version may have been raised and could not be set back.
	// Older entries may not open.
	VersionsUnknown RetirementState = "unknown"
)

// OlderEntry is an entry that is sealed with a version to retire.
type OlderEntry struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Entry     string `json:"entry"`
	Version   int    `json:"version"`
	// ManagedBy is the tool that would restore the entry of its manifest; empty: none.
	ManagedBy string `json:"managedBy,omitempty"`
}

// ErrStillNeeded says that entries of the cluster need a key version to retire.
var ErrStillNeeded = errors.New("older entries still need it")

// errNotListed: files do not show which Secrets of the cluster need a key version.
var errNotListed = errors.New("old key versions can be retired only after a listing of the whole cluster")

// errRestless: new entries that may need the key kept appearing.
var errRestless = errors.New("the cluster's Secrets kept changing while its versions were being retired")

const (
	maxBlocking  = 100 // in a report
	retireRounds = 5
	lowerTimeout = 30 * time.Second // to find out whether versions were raised, and again to set them back
)

// retirement retires old versions of some keys.
//
// It raises the oldest version of a key only after a new list of every Secret of the cluster has shown nothing older
// under the key. Then it lists everything again, for Secrets that were written in between. If these may need an older
// version, it lowers the version again. Lowering restores; nothing is destroyed.
type retirement struct {
	client  *Client
	request Retire
	keys    map[transit.Key]*retiring
	tested  map[fingerprint]bool // Secrets whose values do not belong to the key that they may have

	dry     bool
	planned map[string]bool // in a dry run, the places of Secrets that would be rewrapped
}

// retiring is the state of one key.
type retiring struct {
	row       KeyRetirement
	info      transit.KeyInfo
	vault     vault
	told      bool
	confirmed bool
	unsure    bool // entries that may be of the key have appeared since the test
	raised    bool // its versions may be raised

	// alarms are the namespaces of these entries. They are false alarms if none of the entries belongs to the key.
	alarms, falseAlarms map[string]bool
}

// retire retires versions of the keys that the rotation owned, after all Secrets in view are done.
func (r *rotation) retire(ctx context.Context, report *RotationReport) ([]KeyRetirement, error) {
	if r.client.named(Selection{}) {
		return nil, errNotListed
	}
	t := &retirement{
		client: r.client, request: *r.request.Retire, dry: r.request.dry(),
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
	err := t.run(ctx)
	return t.rows(), err
}

func (t *retirement) add(state *keyState) {
	k := &retiring{info: state.info, vault: state.vault, alarms: map[string]bool{}, falseAlarms: map[string]bool{}}
	k.row = KeyRetirement{
		TransitKey:  state.key.String(),
		State:       VersionsStay,
		FromVersion: state.info.MinDecryptionVersion,
		ToVersion:   state.target - t.request.Keep + 1,
	}
	if k.row.ToVersion <= k.row.FromVersion {
		k.row.ToVersion = k.row.FromVersion
		k.row.Reason = "no version is older than those that are kept"
	}
	t.keys[state.key] = k
}

// open are the undecided keys.
func (t *retirement) open() map[transit.Key]*retiring {
	open := maps.Clone(t.keys)
	maps.DeleteFunc(open, func(_ transit.Key, k *retiring) bool {
		return k.row.State != VersionsStay || k.row.Reason != ""
	})
	return open
}

// run decides about every key. An error ends the command. A failure of one key is in its row.
func (t *retirement) run(ctx context.Context) error {
	err := t.decide(ctx)
	switch {
	case interrupted(err):
		t.refuseAll("interrupted", nil)
	case err != nil:
		t.refuseAll("stopped: "+err.Error(), nil)
	}
	return err
}

func (t *retirement) decide(ctx context.Context) error {
	if t.dry {
		err := t.scan(ctx, t.open(), false)
		if err == nil {
			t.tell(ctx)
		}
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
		t.tell(ctx)
		if err := t.ask(ctx, t.request.Confirm); err != nil {
			return err
		}
		if err := t.raiseAndCheck(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ask asks the user about each open key, once.
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

// older records an entry that needs a version to retire.
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
	return slices.SortedFunc(maps.Values(keys), func(a, b *retiring) int {
		return cmp.Compare(a.row.TransitKey, b.row.TransitKey)
	})
}

func compareKeys(a, b transit.Key) int { return cmp.Compare(a.String(), b.String()) }
