package retirement

import (
	"cmp"
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
)

// Place is where an entry is.
type Place struct{ Namespace, Name, Entry string }

func (p Place) String() string { return "secret " + p.Namespace + "/" + p.Name + " entry " + p.Entry }

// Entry is a sealed entry of a key.
type Entry struct {
	Place

	Version int // of the key
}

// Reader reads entries of one transit key.
type Reader struct {
	// Open returns the key version of an entry, if its value opens with the key and a context of its place.
	Open func(secret *corev1.Secret, entry string) (version int, authentic bool)
	// Plugin reports whether a field manager is the plugin.
	Plugin func(manager string) bool
}

// stored is an authentic entry.
type stored struct {
	version  int
	revision int64 // of the write that stored it
	plugin   bool  // that write was the plugin's
}

// change is what a write leaves of a Secret: its authentic entries.
type change struct {
	revision  int64
	secret    Place // without an entry
	authentic map[string]stored
}

// changes begins with one before all writes.
func (r Reader) changes(log etcdlog.Log) []change {
	changes := []change{{}}
	before := map[Place]*corev1.Secret{}
	authentic := map[Place]map[string]stored{}
	for _, w := range log.Writes {
		c := change{revision: w.Revision, secret: Place{Namespace: w.Namespace, Name: w.Name}}
		if w.Secret != nil {
			c.authentic = r.authentic(w, before[c.secret], authentic[c.secret])
		}
		before[c.secret], authentic[c.secret] = w.Secret, c.authentic
		changes = append(changes, c)
	}
	return changes
}

// authentic reads the entries of a Secret. One whose value stays was stored before.
func (r Reader) authentic(w etcdlog.Write, before *corev1.Secret, was map[string]stored) map[string]stored {
	entries := map[string]stored{}
	for name, value := range w.Secret.Data {
		if before != nil && before.UID == w.UID {
			if old, found := before.Data[name]; found && string(old) == string(value) {
				if s, found := was[name]; found {
					entries[name] = s
				}
				continue
			}
		}
		if version, opens := r.Open(w.Secret, name); opens {
			entries[name] = stored{version: version, revision: w.Revision, plugin: r.plugin(w.Secret, name)}
		}
	}
	return entries
}

// plugin reports whether the plugin has written the value of an entry, as the API server has recorded.
func (r Reader) plugin(secret *corev1.Secret, entry string) bool {
	return slices.ContainsFunc(secret.ManagedFields, func(m metav1.ManagedFieldsEntry) bool {
		var fields struct {
			Data map[string]json.RawMessage `json:"f:data"`
		}
		if m.FieldsV1 == nil || json.Unmarshal(m.FieldsV1.GetRawBytes(), &fields) != nil {
			return false
		}
		_, owned := fields.Data["f:"+entry]
		return owned && r.Plugin(m.Manager)
	})
}

// apply changes the older entries as the write does.
func (c change) apply(older map[Place]map[string]stored, minimum int) {
	delete(older, c.secret)
	for name, s := range c.authentic {
		if s.version >= minimum {
			continue
		}
		if older[c.secret] == nil {
			older[c.secret] = map[string]stored{}
		}
		older[c.secret][name] = s
	}
}

// violations are the older entries, in the order of their places. With a revision they are those that the plugin has
// written after it.
func violations(rise Rise, older map[Place]map[string]stored, after int64) []Violation {
	var all []Violation
	for secret, entries := range older {
		for name, s := range entries {
			if after != never && (!s.plugin || s.revision <= after) {
				continue
			}
			place := Place{secret.Namespace, secret.Name, name}
			all = append(all, Violation{
				Rise: rise, Entry: Entry{place, s.version}, Revision: s.revision, Later: after != never,
			})
		}
	}
	slices.SortFunc(all, func(a, b Violation) int { return comparePlaces(a.Entry.Place, b.Entry.Place) })
	return all
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Entry, b.Entry))
}
