package retirement

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
)

// reader reads entries whose value is their version, as v1. Others are not of the key.
func reader() Reader {
	return Reader{
		Open: func(secret *corev1.Secret, entry string) (version int, authentic bool) {
			_, err := fmt.Sscanf(string(secret.Data[entry]), "v%d", &version)
			return version, err == nil
		},
		Plugin: func(manager string) bool { return manager == "vaultseal" },
	}
}

// told is a log from lines, the first one of revision 1: "MANAGER NAME ENTRY=VALUE…" or "- NAME" for a deletion. A
// value after := was there before, and the manager does not own it.
func told(text string) etcdlog.Log {
	var log etcdlog.Log
	uids := map[string]int{}
	for line := range strings.Lines(strings.TrimSpace(text)) {
		log.Revision++
		words := strings.Fields(line)
		w := etcdlog.Write{Revision: log.Revision, Namespace: "ns", Name: words[1]}
		w.UID = types.UID(fmt.Sprint(words[1], uids[words[1]]))
		if words[0] == "-" {
			uids[words[1]]++
		} else {
			w.Secret = secretOf(w, words[0], words[2:])
		}
		log.Writes = append(log.Writes, w)
	}
	return log
}

func secretOf(w etcdlog.Write, manager string, entries []string) *corev1.Secret {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name, UID: w.UID},
		Data:       map[string][]byte{},
	}
	var owned []string
	for _, each := range entries {
		name, value, _ := strings.Cut(each, "=")
		if kept, was := strings.CutSuffix(name, ":"); was {
			name = kept
		} else {
			owned = append(owned, fmt.Sprintf(`"f:%s":{}`, name))
		}
		secret.Data[name] = []byte(value)
	}
	fields := &metav1.FieldsV1{}
	fields.SetRawBytes([]byte(`{"f:data":{".":{},` + strings.Join(owned, ",") + `}}`))
	secret.ManagedFields = []metav1.ManagedFieldsEntry{
		{Manager: "another", FieldsV1: &metav1.FieldsV1{}}, {Manager: manager, FieldsV1: fields},
	}
	return secret
}

// story is a log, a rise of version 2 in it, and the entries that it took the key from.
type story struct {
	log  string
	rise Rise
	want []string
}

// within is a rise whose listing is from between two revisions.
func within(since, until int64) Rise { return Rise{Version: 2, Since: since, Until: until} }

func lowered(r Rise) Rise { r.Lowered = true; return r }

func TestCheck(t *testing.T) {
	for _, stories := range []map[string]story{listingStories(), laterStories()} {
		for name, s := range stories {
			t.Run(name, func(t *testing.T) {
				found := Check(told(s.log), []Rise{s.rise}, reader())
				var got []string
				for _, v := range found {
					text := fmt.Sprintf("%s %s v%d of %d", v.Entry.Name, v.Entry.Entry, v.Entry.Version,
						v.Revision)
					if v.Later {
						text += " later"
					}
					got = append(got, text)
				}
				if fmt.Sprint(got) != fmt.Sprint(s.want) {
					t.Errorf("%q, want %q\n%v", got, s.want, found)
				}
			})
		}
	}
}

// listingStories are about what was there when the listing can have been made.
func listingStories() map[string]story {
	return map[string]story{
		"no Secret":     {"kubectl a x=other", within(0, 9), nil},
		"all rewrapped": {"vaultseal a x=v1\nvaultseal a x=v2", within(1, 9), nil},
		"newer":         {"vaultseal a x=v3", within(1, 9), nil},
		"one left": {"vaultseal a x=v1\nvaultseal b x=v1\nvaultseal a x=v2", within(2, 9),
			[]string{"b x v1 of 2"}},
		"one entry left":         {"vaultseal a x=v1 y=v1\nvaultseal a x=v2 y:=v1", within(1, 9), []string{"a y v1 of 1"}},
		"of another key":         {"kubectl a x=other y=v2", within(1, 9), nil},
		"rewrapped after":        {"vaultseal a x=v1\nvaultseal a x=v2", within(1, 1), []string{"a x v1 of 1"}},
		"deleted before":         {"vaultseal a x=v1\n- a", within(1, 9), nil},
		"deleted after":          {"vaultseal a x=v1\n- a", within(1, 1), []string{"a x v1 of 1"}},
		"entry taken away":       {"vaultseal a x=v1 y=v2\nvaultseal a y:=v2", within(1, 9), nil},
		"just after the listing": {"vaultseal a x=v1\nvaultseal a x=v2\nkubectl b x=v1", within(1, 9), nil},
		"just before the listing": {"vaultseal a x=v1\nkubectl b x=v1\nvaultseal a x=v2", within(1, 9),
			[]string{"b x v1 of 2"}},
		"a raw writer's blocks too": {"kubectl a x=v1", within(1, 9), []string{"a x v1 of 1"}},
		"free only too early":       {"kubectl z x=other\nkubectl a x=v1", within(2, 9), []string{"a x v1 of 2"}},
		"free only too late":        {"kubectl a x=v1\nkubectl z x=other\n- a", within(1, 2), []string{"a x v1 of 1"}},
		"free for a moment":         {"kubectl a x=v1\n- a\nkubectl b x=v1", within(1, 9), nil},
		"never free, by turns": {"kubectl a x=v1\nkubectl b x=v1\n- a\nkubectl a x=v1\n- b", within(1, 9),
			[]string{"a x v1 of 4"}},
		"lowered, and never free": {"kubectl a x=v1", lowered(within(1, 9)), []string{"a x v1 of 1"}},
		"two left": {"vaultseal b x=v1 a=v1\nvaultseal a x=v1", within(2, 9),
			[]string{"a x v1 of 2", "b a v1 of 1", "b x v1 of 1"}},
		"before all writes": {"kubectl a x=v1", within(0, 9), nil},
	}
}

// laterStories are about what was written after the listing.
func laterStories() map[string]story {
	return map[string]story{
		"by a raw writer":                {"vaultseal a x=v2\nkubectl a x=v1", within(1, 1), nil},
		"by the plugin":                  {"vaultseal a x=v2\nvaultseal a x=v1", within(1, 1), []string{"a x v1 of 2 later"}},
		"by the plugin, lowered":         {"vaultseal a x=v2\nvaultseal a x=v1", lowered(within(1, 1)), nil},
		"by the plugin, and overwritten": {"vaultseal a x=v2\nvaultseal a x=v1\nvaultseal a x=v2", within(1, 1), nil},
		"by the plugin, and deleted":     {"vaultseal a x=v2\nvaultseal a x=v1\n- a", within(1, 1), nil},
		"by the plugin before":           {"vaultseal a x=v1\nvaultseal a x=v2", within(1, 2), nil},
		"by a raw writer, and the plugin writes another entry": {
			"vaultseal a x=v2\nkubectl a x=v1\nvaultseal a x:=v1 y=v2", within(1, 1), nil},
		"the plugin puts back what a raw writer wrote": {
			"kubectl a x=v1\nvaultseal a x=v2\nvaultseal a x=v1", within(2, 2), []string{"a x v1 of 3 later"}},
		"the plugin creates again what was deleted": {
			"kubectl a x=v1\n- a\nvaultseal a x=v1", within(2, 2), []string{"a x v1 of 3 later"}},
	}
}

// TestCheckSeveral: each rise is checked by itself.
func TestCheckSeveral(t *testing.T) {
	log := told("vaultseal a x=v1\nvaultseal b x=v1\nvaultseal a x=v2\nvaultseal b x=v2\nvaultseal a x=v3")
	found := Check(log, []Rise{{Version: 2, Since: 2, Until: 9}, {Version: 3, Since: 4, Until: 9}}, reader())
	if len(found) != 1 || found[0].Rise.Version != 3 || found[0].Entry.Name != "b" || found[0].Entry.Version != 2 {
		t.Errorf("%v", found)
	}
	const want = "version 3 became the oldest that opens: secret ns/b entry x, of version 2, was written in revision 4, " +
		"and no listing between revisions 4 and 9 was without older entries"
	if found[0].String() != want {
		t.Errorf("%q, want %q", found[0], want)
	}
}
