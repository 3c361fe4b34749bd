package setup

import (
	"reflect"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

func TestLimitedJobIsExtended(t *testing.T) {
	job := &Job{Schedule: "0 3 28 * *", Image: "registry/vaultseal:v1", IfOlderThan: "20d",
		Namespaces: []string{"a", "c"}}
	got := jobOf(Installation{System: "vaultseal-system", Job: job}.cronJob()).extended([]string{"b", "c"})
	want := *job
	want.Namespaces = []string{"a", "b", "c"}
	if !reflect.DeepEqual(got, &want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	job.Namespaces, job.Everywhere = nil, true
	if got := jobOf(Installation{System: "vaultseal-system", Job: job}.cronJob()).extended([]string{"b"}); got != nil {
		t.Errorf("a Job for all namespaces is extended to %+v", got)
	}
}

// TestExtendedJobObjects: a namespace brings its own binding, and the CronJob; the rest stays as it is.
func TestExtendedJobObjects(t *testing.T) {
	keys, err := sealed.ParseKeyTemplate("vaultseal/{namespace}")
	if err != nil {
		t.Fatal(err)
	}
	i := Installation{Keys: keys, System: "vaultseal-system", Namespaces: []string{"b"}, Extends: true,
		Job: &Job{Namespaces: []string{"a", "b"}}}
	objects, err := i.Objects()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range objects {
		names = append(names, o.GetKind()+" "+o.GetNamespace()+"/"+o.GetName())
	}
	want := []string{"ServiceAccount b/vaultseal", "ServiceAccount b/vaultseal-reader",
		"RoleBinding b/vaultseal-rotator-job", "CronJob vaultseal-system/vaultseal-rotate"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}
