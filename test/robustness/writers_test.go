package main

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// written is a Secret with managers, the last of them the latest, and with entries.
func written(managers []string, entries ...string) *corev1.Secret {
	secret := &corev1.Secret{Data: map[string][]byte{}}
	for i, manager := range managers {
		at := metav1.NewTime(time.Unix(int64(i), 0))
		secret.ManagedFields = append(secret.ManagedFields, metav1.ManagedFieldsEntry{Manager: manager, Time: &at})
	}
	for _, entry := range entries {
		secret.Data[entry] = []byte("x")
	}
	return secret
}

// owning is a Secret in which a manager owns an entry.
func owning(secret *corev1.Secret, manager int, entry string) *corev1.Secret {
	secret.ManagedFields[manager].FieldsV1 = metav1.NewFieldsV1(`{"f:data": {"f:` + entry + `": {}}}`)
	return secret
}

// TestRemoverOf: an operation that was answered with the revision of a removal has not removed what it does not name.
func TestRemoverOf(t *testing.T) {
	of := []*history.Operation{{ID: 2, Entry: "c"}, {ID: 3, Entry: "b"}}
	for entry, want := range map[string]int{"a": 0, "b": 3, "c": 2} {
		if got := removerOf([]string{entry}, of); got != want {
			t.Errorf("%s: %d, want %d", entry, got, want)
		}
	}
	if got := removerOf([]string{"b", "c"}, of); got != 0 {
		t.Errorf("two entries: %d", got)
	}
}

func TestWriterOf(t *testing.T) {
	two := []string{"operation-3", "operation-7"}
	for name, c := range map[string]struct {
		before, after *corev1.Secret
		want          int
	}{
		"the first":                     {nil, written([]string{"operation-3"}, "a"), 3},
		"a new one":                     {written([]string{"operation-7"}, "a"), written(two, "a"), 3},
		"one again":                     {written(two, "a"), written(two, "a"), 7},
		"one again, in the same second": {written(two, "a"), owning(written(two, "a"), 0, "a"), 3},
		"one again, later":              {written(two, "a"), written([]string{"", "operation-7", "operation-3"}, "a"), 3},
		"nobody's removal":              {written(two, "a", "b"), written(two, "a"), 0},
		"a stranger":                    {written(nil, "a"), written([]string{"kubectl"}, "a"), 0},
	} {
		if got := writerOf(c.before, c.after); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestAttributeRemovals: of those that may have removed the entry, it is one that was called before later writes ended.
func TestAttributeRemovals(t *testing.T) {
	unset := func(id int, call int64, outcome history.Outcome) history.Operation {
		return history.Operation{ID: id, Kind: history.Unset, Entry: "b", Secrets: []string{"ns/s"}, Call: call,
			Outcome: outcome}
	}
	managers := []string{"operation-1"}
	writes := []etcdlog.Write{
		{Revision: 1, Namespace: "ns", Name: "s", Secret: written(managers, "a", "b")},
		{Revision: 2, Namespace: "ns", Name: "s", Secret: written(managers, "a")},
		{Revision: 3, Namespace: "ns", Name: "s", Secret: written(append(managers, "operation-5"), "a")},
	}
	both := map[string]history.Entry{"a": {Value: "x"}, "b": {Value: "x"}}
	one := map[string]history.Entry{"a": {Value: "x"}}
	history1 := func(operations ...history.Operation) *history.History {
		h := &history.History{Read: 100, Operations: append(operations,
			history.Operation{ID: 5, Kind: history.Set, Secrets: []string{"ns/s"}, Return: 50, Outcome: history.OK})}
		for _, w := range writes {
			h.Writes = append(h.Writes, history.Write{Revision: w.Revision, Secret: "ns/s",
				State: &history.State{UID: "u", Entries: one}})
		}
		h.Writes[0].State = &history.State{UID: "u", Entries: both}
		return h
	}
	for name, c := range map[string]struct {
		h    *history.History
		seen map[int]*corev1.Secret
		want int
	}{
		"the killed one":       {history1(unset(2, 10, history.Unknown)), nil, 2},
		"the one that says so": {history1(unset(2, 10, history.OK), unset(3, 20, history.Unknown)), nil, 2},
		"called later":         {history1(unset(2, 60, history.Unknown)), nil, 0},
		"refused":              {history1(unset(2, 10, history.Refused)), nil, 0},
		"answered": {history1(unset(2, 10, history.Unknown), unset(3, 20, history.OK)), map[int]*corev1.Secret{
			3: {ObjectMeta: metav1.ObjectMeta{ResourceVersion: "2"}}}, 3},
		"answered with what came later": {history1(unset(3, 20, history.OK)), map[int]*corev1.Secret{
			3: {ObjectMeta: metav1.ObjectMeta{ResourceVersion: "3"}}}, 3},
	} {
		attribute(c.h, writes, c.seen)
		if got := c.h.Writes[1].Operation; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if c.h.Writes[0].Operation != 1 || c.h.Writes[2].Operation != 5 {
			t.Errorf("%s: %+v", name, c.h.Writes)
		}
	}
}
