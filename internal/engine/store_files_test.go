package engine

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// fakeFiles keep manifests in memory, and fail for some files.
type fakeFiles struct {
	all     []Stored
	failing string
	written map[string][]string // by file: what changed

	originals map[*corev1.Secret]*corev1.Secret // of what Each has passed on
}

func (f *fakeFiles) Each(_ context.Context, _ Selection, yield func([]Stored) error) error {
	page := slices.Clone(f.all)
	for n := range page {
		page[n].Secret = page[n].Secret.DeepCopy()
		f.originals[page[n].Secret] = f.all[n].Secret
	}
	return yield(page)
}

func (f *fakeFiles) Get(_ context.Context, namespace, name string) (*corev1.Secret, error) {
	for _, stored := range f.all {
		if stored.Secret.Namespace == namespace && stored.Secret.Name == name {
			return stored.Secret, nil
		}
	}
	return nil, kube.ErrNotFound
}

func (f *fakeFiles) View(Selection) View             { return View{Named: true} }
func (f *fakeFiles) ManagedBy(*corev1.Secret) string { return "" }
func (f *fakeFiles) KeepsMetadata() bool             { return true }

// fileOf is empty for a Secret that has been read again since.
func (f *fakeFiles) fileOf(live *corev1.Secret) string {
	for _, stored := range f.all {
		if stored.Secret == live {
			return stored.File
		}
	}
	return ""
}

func (f *fakeFiles) Write(_ context.Context, unit []Change, dryRun DryRun) ([]*corev1.Secret, error) {
	after := make([]*corev1.Secret, len(unit))
	for n, change := range unit {
		live := cmp.Or(f.originals[change.Live], change.Live)
		file := f.fileOf(live)
		switch {
		case change.CheckMetadata() != nil:
			return nil, change.CheckMetadata()
		case file == "", file == f.failing && dryRun != DryRunClient:
			return nil, kube.ErrConflict
		}
		after[n] = Change{Live: live, As: change.As, Set: change.Set, Drop: change.Drop, Age: change.Age}.applied()
		if dryRun == DryRunClient {
			continue
		}
		live.Data = after[n].Data
		for _, entry := range slices.Sorted(maps.Keys(change.Set)) {
			f.written[file] = append(f.written[file], live.Name+"/"+entry)
		}
		for _, entry := range change.Drop {
			f.written[file] = append(f.written[file], live.Name+"-"+entry)
		}
	}
	return after, nil
}

func newFakeFiles(files map[string][]string, key transit.KeyInfo, version int) *fakeFiles {
	f := &fakeFiles{written: map[string][]string{}, originals: map[*corev1.Secret]*corev1.Secret{}}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		for _, name := range files[file] {
			secret := sealedSecret("a", name, key, version, map[string]string{"x": "x of " + name, "y": "y"})
			f.all = append(f.all, Stored{File: file, Secret: secret})
		}
	}
	return f
}

// TestRotateManifests: each file is written once, whole, and one that cannot be is the failure of its Secrets alone.
func TestRotateManifests(t *testing.T) {
	m := newFakeFiles(map[string][]string{"1.yaml": {"b", "a"}, "2.yaml": {"b"}, "3.yaml": {"c"}}, derived, 1)
	m.failing = "2.yaml"
	v := newFakeVault(derived)
	c := newTestClient(t, newFakeCluster(), v, "transit/derived")
	c.store = m
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
		if row.File != file || (row.Status == Failed) != (file == m.failing) || row.Status == Failed &&
			!errors.Is(row.Err, kube.ErrConflict) {
			t.Errorf("%+v", row)
		}
	}
	if v.count("decrypt")+v.count("encrypt") > 0 || v.count("rotate") != 1 {
		t.Error("other requests than rotation needs")
	}
	if report := rotate(t, c,
		RotateRequest{RewrapOnly: true, DryRun: DryRunClient}); report.Summary != (Counts{Rewrapped: 1, Current: 3}) ||
		len(m.written) != 2 {
		t.Errorf("%+v", report)
	}
}

// TestRotateManifestsNamesWhatFails: a key's own error names no Secret by itself.
func TestRotateManifestsNamesWhatFails(t *testing.T) {
	c := newTestClient(t, newFakeCluster(), newFakeVault(), "transit/derived")
	c.store = newFakeFiles(map[string][]string{"1.yaml": {"b"}}, derived, 1)
	report := rotate(t, c, RotateRequest{RewrapOnly: true})
	if len(report.Secrets) != 1 || report.Secrets[0].Status != Failed ||
		!strings.Contains(report.Secrets[0].Reason, "secret a/b") {
		t.Errorf("%+v", report.Secrets)
	}
}

func TestManifestsAreOpenedAndSet(t *testing.T) {
	m := newFakeFiles(map[string][]string{"1.yaml": {"b"}}, derived, 1)
	v := newFakeVault(derived)
	c := newTestClient(t, newFakeCluster(), v, "transit/derived")
	c.store = m
	if opened := mustOpen(t, c, "a", "b"); string(opened["x"]) != "x of b" {
		t.Errorf("%q", opened)
	}
	if _, err := c.Open(t.Context(), "a", "absent"); !errors.Is(err, kube.ErrNotFound) {
		t.Errorf("%v", err)
	}
	request := SetRequest{Namespace: "a", Name: "b", Entry: "x",
		Value: func([]byte) ([]byte, error) { return []byte("new"), nil }, ReadBack: true}
	if result, err := c.Set(t.Context(), request); err != nil ||
		result.Secret.Annotations[sealed.ScopeAnnotation] != "strict" {
		t.Fatalf("%v", err)
	}
	if opened := mustOpen(t, c, "a", "b"); string(opened["x"]) != "new" ||
		!slices.Equal(m.written["1.yaml"], []string{"b/x"}) {
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
	if _, err := c.Set(t.Context(), request); err == nil ||
		!strings.Contains(err.Error(), "its annotations do not say") {
		t.Errorf("sealed strict in a manifest that says nothing of it: %v", err)
	}
}

// TestFilesRetireNothing: a key version may open what is in no file.
func TestFilesRetireNothing(t *testing.T) {
	f := newFakeFiles(map[string][]string{"1.yaml": {"b"}}, derived, 1)
	v := newFakeVault(derived)
	c := newTestClient(t, newFakeCluster(), v, "transit/derived")
	c.store = f
	_, err := c.Rotate(t.Context(), RotateRequest{Retire: &Retire{Keep: 1}})
	if err == nil || v.count("config") > 0 {
		t.Errorf("retired after a look at files: %v", err)
	}
}

func TestVerifyManifests(t *testing.T) {
	m := newFakeFiles(map[string][]string{"1.yaml": {"b"}, "2.yaml": {"b"}}, derived, 1)
	m.all[1].Secret.Data["x"] = m.all[1].Secret.Data["y"]
	c := newTestClient(t, newFakeCluster(), newFakeVault(derived), "transit/derived")
	c.store = m
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
