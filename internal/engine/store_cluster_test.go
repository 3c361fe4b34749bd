package engine

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestClusterWritesOneSecret: all or none of several cannot be promised.
func TestClusterWritesOneSecret(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	store := NewCluster(cluster, ClusterOptions{})
	change := Change{Live: cluster.get("a/s"), As: sealed.Secret{Namespace: "a", Name: "s", Key: derived.Key,
		Scope: sealed.Strict}}
	for _, unit := range [][]Change{{}, {change, change}} {
		if _, err := store.Write(t.Context(), unit, DryRunNone); err == nil || len(cluster.requests) > 0 {
			t.Errorf("a unit of %d: %v, %v", len(unit), err, cluster.requests)
		}
	}
}

// TestChangeWithoutALiveSecretCreates: with a dry run of the client nothing is sent.
func TestChangeWithoutALiveSecretCreates(t *testing.T) {
	cluster := newFakeCluster()
	store := NewCluster(cluster, ClusterOptions{})
	as := sealed.Secret{Namespace: "a", Name: "s", Key: derived.Key, Scope: sealed.Strict}
	value := ciphertext(derived.Key, 1, string(as.Context("x")), "x")
	unit := []Change{{As: as, Set: map[string]transit.Ciphertext{"x": value}}}
	for _, dryRun := range []DryRun{DryRunClient, DryRunServer, DryRunNone} {
		stored, err := store.Write(t.Context(), unit, dryRun)
		if err != nil || string(stored[0].Data["x"]) != value.String() ||
			stored[0].Labels[sealed.Label] != sealed.LabelValue {
			t.Errorf("%s: %+v, %v", dryRun, stored, err)
		}
		if is := cluster.get("a/s") != nil; is != (dryRun == DryRunNone) {
			t.Errorf("%s: it exists: %t", dryRun, is)
		}
	}
	if want := []string{"create a/s", "create a/s"}; !slices.Equal(cluster.requests, want) {
		t.Errorf("requests %v", cluster.requests)
	}
}

// TestAnswersInJSON: a server or a proxy may answer in JSON although protobuf was asked for.
func TestAnswersInJSON(t *testing.T) {
	live := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	live.ResourceVersion = "7"
	as, err := sealed.Read(live)
	if err != nil {
		t.Fatal(err)
	}
	next := ciphertext(derived.Key, 2, string(as.Context("x")), "x")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if accept := r.Header.Get("Accept"); accept != "application/vnd.kubernetes.protobuf,application/json" {
			t.Errorf("Accept: %s", accept)
		}
		stored := live.DeepCopy()
		stored.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}
		stored.Data["x"] = []byte(next.String())
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(stored)
	}))
	t.Cleanup(server.Close)
	kubernetes := &rest.Config{Host: server.URL}
	kube.Tune(kubernetes)
	core, err := corev1client.NewForConfig(kubernetes)
	if err != nil {
		t.Fatal(err)
	}
	change := Change{Live: live, As: as, Set: map[string]transit.Ciphertext{"x": next}}
	stored, err := NewCluster(core, ClusterOptions{}).Write(t.Context(), []Change{change}, DryRunNone)
	if err != nil || string(stored[0].Data["x"]) != next.String() {
		t.Errorf("%v, %v", stored, err)
	}
}
