package engine

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// fakeManifests keep manifests in memory, and fail for some files.
type fakeManifests struct {
	all     []Manifest
	failing string
	written map[string][]string // by file: what changed
}

func (m *fakeManifests) Secrets() []Manifest { return m.all }

func (m *fakeManifests) Rewrite(file string, changes []ManifestChange, dry bool) error {
	if dry {
		return nil
	}
	if file == m.failing {
		return kube.ErrConflict
	}
	for _, change := range changes {
		for _, entry := range slices.Sorted(maps.Keys(change.Set)) {
			change.Secret.Data[entry] = []byte(change.Set[entry].String())
			m.written[file] = append(m.written[file], change.Secret.Name+"/"+entry)
		}
		for _, entry := range change.Drop {
			delete(change.Secret.Data, entry)
			m.written[file] = append(m.written[file], change.Secret.Name+"-"+entry)
		}
	}
	return nil
}

func (m *fakeManifests) Reread(string) error { return nil }

func newFakeManifests(files map[string][]string, key transit.KeyInfo, version int) *fakeManifests {
	m := &fakeManifests{written: map[string][]string{}}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		for _, name := range files[file] {
			secret := sealedSecret("a", name, key, version, map[string]string{"x": "x of " + name, "y": "y"})
			secret.ResourceVersion = ""
			m.all = append(m.all, Manifest{File: file, Secret: secret})
		}
	}
	return m
}

// TestRotateManifests: each file is written once, whole, and one that cannot be is the failure of its Secrets alone.
func TestRotateManifests(t *testing.T) {
	m := newFakeManifests(map[string][]string{"1.yaml": {"b", "a"}, "2.yaml": {"b"}, "3.yaml": {"c"}}, derived, 1)
	m.failing = "2.yaml"
	v := newFakeVault(derived)
	c := newTestClient(t, newFakeCluster(), v, "transit/derived")
	c.manifests = m
	m.all[3].Secret.Annotations["argocd.argoproj.io/tracking-id"] = "of the tool that takes it from here"

	report := rotate(t, c, RotateRequest{})
	if report.Summary != (Counts{Rewrapped: 3, Failed: 1}) || !report.Partial || report.Entries != 6 {
		t.Errorf("%+v", report)
	}
	want := map[string][]string{"1.yaml": {"b/x", "b/y", "a/x", "a/y"}, "3.yaml": {"c/x", "c/y"}}
	for file := range want {
		slices.Sort(want[file])
		slices.Sort(m.written[file])
	}
	if !maps.EqualFunc(m.written, want, slices.Equal) {
		t.Errorf("written %v", m.written)
	}
	for n, file := range []string{"1.yaml", "1.yaml", "2.yaml", "3.yaml"} {
		row := report.Secrets[n]
		if row.File != file || (row.Status == Failed) != (file == m.failing) || row.Status == Failed && !errors.Is(row.Err, kube.ErrConflict) {
			t.Errorf("%+v", row)
		}
	}
	if v.count("decrypt")+v.count("encrypt") > 0 || v.count("rotate") != 1 {
		t.Error("other requests than rotation needs")
	}
	if report := rotate(t, c, RotateRequest{RewrapOnly: true, DryRun: DryRunClient}); report.Summary != (Counts{Rewrapped: 1, Current: 3}) || len(m.written) != 2 {
		t.Errorf("%+v", report)
	}
}

// TestRotateManifestsNamesWhatFails: a key's own error names no Secret by itself.
func TestRotateManifestsNamesWhatFails(t *testing.T) {
	c := newTestClient(t, newFakeCluster(), newFakeVault(), "transit/derived")
	c.manifests = newFakeManifests(map[string][]string{"1.yaml": {"b"}}, derived, 1)
	report := rotate(t, c, RotateRequest{RewrapOnly: true})
	if len(report.Secrets) != 1 || report.Secrets[0].Status != Failed || !strings.Contains(report.Secrets[0].Reason, "secret a/b") {
		t.Errorf("%+v", report.Secrets)
	}
}

func TestManifestsAreOpenedAndSet(t *testing.T) {
	m := newFakeManifests(map[string][]string{"1.yaml": {"b"}}, derived, 1)
	v := newFakeVault(derived)
	c := newTestClient(t, newFakeCluster(), v, "transit/derived")
	c.manifests = m
	if opened := mustOpen(t, c, "a", "b"); string(opened["x"]) != "x of b" {
		t.Errorf("%q", opened)
	}
	if _, err := c.Open(t.Context(), "a", "absent"); !errors.Is(err, kube.ErrNotFound) {
		t.Errorf("%v", err)
	}
	request := SetRequest{Namespace: "a", Name: "b", Entry: "x", Value: func([]byte) ([]byte, error) { return []byte("new"), nil }, ReadBack: true}
	if result, err := c.Set(t.Context(), request); err != nil || result.Secret.Annotations[sealed.ScopeAnnotation] != "strict" {
		t.Fatalf("%v", err)
	}
	if opened := mustOpen(t, c, "a", "b"); string(opened["x"]) != "new" || !slices.Equal(m.written["1.yaml"], []string{"b/x"}) {
		t.Errorf("%q, %v", opened, m.written)
	}
	// What it says itself of its scope must go with the change: it is not rewritten.
	delete(m.all[0].Secret.Annotations, sealed.ScopeAnnotation)
	delete(m.all[0].Secret.Data, "y")
	request.Value = func([]byte) ([]byte, error) { return []byte("newer"), nil }
	v.before = func(verb string) error { // or opening the old value would fail before it comes to that
		if verb == "decrypt" {
			return transit.ErrDenied
		}
		return nil
	}
	if _, err := c.Set(t.Context(), request); err == nil || !strings.Contains(err.Error(), "its annotations do not say") {
		t.Errorf("sealed strict in a manifest that says nothing of it: %v", err)
	}
}

func TestVerifyManifests(t *testing.T) {
	m := newFakeManifests(map[string][]string{"1.yaml": {"b"}, "2.yaml": {"b"}}, derived, 1)
	m.all[1].Secret.Data["x"] = m.all[1].Secret.Data["y"]
	c := newTestClient(t, newFakeCluster(), newFakeVault(derived), "transit/derived")
	c.manifests = m
	report, err := c.Verify(t.Context(), VerifyRequest{})
	if err != nil || report.Summary.Secrets != 2 || report.Summary.Findings[Broken] != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, finding := range report.Findings {
		if finding.Status == Broken && finding.File != "2.yaml" {
			t.Errorf("%+v", finding)
		}
	}
}
