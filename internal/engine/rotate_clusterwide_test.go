package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// many is a cluster with n sealed Secrets.
func many(n int) *fakeCluster {
	cluster := newFakeCluster()
	for i := range n {
		cluster.put(sealedSecret("a", fmt.Sprintf("s%04d", i), derived, 1, map[string]string{"x": fmt.Sprint("x", i)}))
	}
	return cluster
}

// TestExpiredList: each Secret once, wherever the list expires and whether or not the API server says where to go on.
func TestExpiredList(t *testing.T) {
	for _, resumable := range []bool{true, false} {
		cluster := many(1300)
		lists := 0
		cluster.before = func(verb, object string) error {
			if verb != "list" {
				return nil
			}
			if lists++; lists != 2 && lists != 4 && lists != 7 {
				return nil
			}
			expired := apierrors.NewResourceExpired("too old")
			if _, token, _ := cutPlace(object); resumable {
				expired.ErrStatus.Continue = token
			}
			return expired
		}
		report := rotate(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"),
			RotateRequest{ListAll: true})
		if report.Summary != (Counts{Rewrapped: 1300}) || cluster.count("patch") != 1300 ||
			len(report.Secrets) != 1300 {
			t.Errorf("resumable %v: %+v, %d writes", resumable, report.Summary, cluster.count("patch"))
		}
	}
}

// cutPlace takes what the fake cluster notes of a list: NAMESPACE/CONTINUE.
func cutPlace(object string) (namespace, rest string, found bool) {
	for i := range object {
		if object[i] == '/' {
			return object[:i], object[i+1:], true
		}
	}
	return object, "", false
}

func TestListThatNeverStopsExpiring(t *testing.T) {
	cluster := many(600)
	cluster.before = func(verb, object string) error {
		if verb == "list" && object != "/" {
			expired := apierrors.NewResourceExpired("too old")
			_, expired.ErrStatus.Continue, _ = cutPlace(object)
			return expired
		}
		return nil
	}
	_, err := newTestClient(t, cluster, newFakeVault(derived), "transit/derived").Rotate(t.Context(), RotateRequest{})
	if !apierrors.IsResourceExpired(err) || cluster.count("list") > 2*maxExpiries {
		t.Errorf("%v after %d lists", err, cluster.count("list"))
	}
}

func TestReportListsOnlyWhatIsLeftUnlessAsked(t *testing.T) {
	cluster := many(20)
	fixed := sealedSecret("a", "fixed", derived, 1, map[string]string{"x": "x"})
	fixed.Immutable = new(bool)
	*fixed.Immutable = true
	cluster.put(fixed)
	git := sealedSecret("a", "git", derived, 1, map[string]string{"x": "x"})
	git.Annotations["argocd.argoproj.io/tracking-id"] = "app:/Secret:a/git"
	cluster.put(git)
	v := newFakeVault(derived)
	c := newTestClient(t, cluster, v, "transit/derived")
	report := rotate(t, c, RotateRequest{})
	if report.Summary != (Counts{Rewrapped: 20, Managed: 1, Immutable: 1}) || report.Keys[0].Secrets != report.Summary {
		t.Errorf("%+v, %+v", report.Summary, report.Keys)
	}
	if len(report.Secrets) != 2 || report.Secrets[0].Status != Immutable || report.Secrets[1].Status != Managed {
		t.Errorf("%+v", report.Secrets)
	}
	report = rotate(t, c, RotateRequest{IncludeManaged: true, ListAll: true})
	if report.Summary != (Counts{Rewrapped: 21, Immutable: 1}) || len(report.Secrets) != 22 {
		t.Errorf("with managed ones: %+v, %d rows", report.Summary, len(report.Secrets))
	}
}

// TestManagedSecretsRotateNoKey: nothing could be rewrapped under it.
func TestManagedSecretsRotateNoKey(t *testing.T) {
	git := sealedSecret("a", "git", derived, 1, map[string]string{"x": "x"})
	git.Labels["kustomize.toolkit.fluxcd.io/name"] = "apps"
	v := newFakeVault(derived)
	report := rotate(t, newTestClient(t, newFakeCluster(git), v, ""),
		RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"git"}}})
	if report.Summary != (Counts{Managed: 1}) || v.count("rotate") > 0 {
		t.Errorf("%+v, rotated %d times", report.Summary, v.count("rotate"))
	}
	if len(report.Keys) != 1 || report.Keys[0].Secrets != report.Summary || report.Keys[0].ToVersion != 0 {
		t.Errorf("%+v", report.Keys)
	}
}

func TestIfOlderThan(t *testing.T) {
	for age, rotates := range map[time.Duration]bool{time.Hour: true, 29 * time.Minute: false} {
		key := derived
		key.Created = map[int]time.Time{1: time.Now().Add(-age)}
		v := newFakeVault(key)
		report := rotate(t, newTestClient(t, many(3), v, "transit/derived"),
			RotateRequest{IfOlderThan: 30 * time.Minute})
		if (v.count("rotate") > 0) != rotates || report.Keys[0].Young == rotates {
			t.Errorf("%s: rotated %d times, %+v", age, v.count("rotate"), report.Keys)
		}
	}
	v := newFakeVault(derived)
	report := rotate(t, newTestClient(t, many(3), v, "transit/derived"), RotateRequest{IfOlderThan: time.Minute})
	if report.Summary.Failed != 3 || !errors.Is(report.Secrets[0].Err, errAgeUnknown) || !report.Keys[0].Pending ||
		v.count("rotate") > 0 {
		t.Errorf("age not known: %+v", report)
	}
}

func TestDiscover(t *testing.T) {
	other := aes("other", false, 1)
	cluster := newFakeCluster(
		sealedSecret("a", "labelled", plain, 1, map[string]string{"x": "x"}),
		seedSecret("a", "matrix", plain, 1, "x"),
		seedSecret("a", "theirs", other, 1, "x"),
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "plain"},
			Data: map[string][]byte{"x": []byte("x")}},
	)
	v := newFakeVault(plain, other)
	c := newTestClient(t, cluster, v, "transit/plain")
	found, err := c.Unlabelled(t.Context(), Selection{Namespaces: []string{"a"}})
	if err != nil || found.Count != 2 || !slices.Equal(found.Names, []string{"a/matrix", "a/theirs"}) {
		t.Errorf("%+v, %v", found, err)
	}
	report := rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Discover: true},
		ListAll: true})
	if report.Summary != (Counts{Rewrapped: 2, Skipped: 1}) || report.Secrets[2].Name != "theirs" ||
		report.Secrets[2].Status != Skipped {
		t.Errorf("%+v, %+v", report.Summary, report.Secrets)
	}
	taken, theirs := cluster.get("a/matrix"), cluster.get("a/theirs")
	if taken.Labels["vaultseal.dev/sealed"] != "true" || theirs.Labels != nil || theirs.Annotations != nil {
		t.Errorf("%v, %v", taken.Labels, theirs.Labels)
	}
	verified, err := c.Verify(t.Context(),
		VerifyRequest{Selection: Selection{Namespaces: []string{"a"}, Discover: true}})
	if err != nil || verified.Summary.Secrets != 3 || len(verified.Findings) != 1 ||
		verified.Findings[0].Name != "theirs" || verified.Findings[0].Status != Broken {
		t.Errorf("%+v, %v", verified, err)
	}
}

// TestEveryFailingEntryIsNamed: not only the first of a Secret.
func TestEveryFailingEntryIsNamed(t *testing.T) {
	secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x", "y": "y", "z": "z"})
	secret.Data["x"], secret.Data["y"] = secret.Data["y"], secret.Data["x"]
	report := rotate(t, newTestClient(t, newFakeCluster(secret), newFakeVault(derived), "transit/derived"),
		RotateRequest{})
	row := report.Secrets[0]
	if row.Status != NotOpening || len(row.Failures) != 2 || row.Failures[0].Entry != "x" ||
		row.Failures[1].Entry != "y" || row.Failures[1].Reason == "" || !errors.Is(row.Err, transit.ErrTampered) {
		t.Errorf("%+v", row)
	}
}

// TestInterruptedRotation: writes under way are finished and reported, no other is begun.
func TestInterruptedRotation(t *testing.T) {
	for _, aborted := range []bool{false, true} {
		cluster := many(100)
		ctx, interrupt := context.WithCancel(t.Context())
		abort := make(chan struct{})
		var once sync.Once
		arrived, release := make(chan struct{}), make(chan struct{})
		cluster.before = func(verb, _ string) error {
			if verb != "patch" {
				return nil
			}
			once.Do(func() { close(arrived) })
			<-release
			if aborted {
				return context.Canceled
			}
			return nil
		}
		go func() {
			<-arrived
			interrupt()
			if aborted {
				close(abort)
			}
			close(release)
		}()
		c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
		progress := &Progress{}
		report, err := c.Rotate(ctx, RotateRequest{Abort: abort, Progress: progress})
		written := cluster.count("patch")
		if !errors.Is(err, context.Canceled) || written == 0 || written > c.concurrency {
			t.Errorf("aborted %v: %v, %d writes", aborted, err, written)
		}
		want := Counts{Rewrapped: written}
		if aborted {
			want = Counts{Failed: written}
		}
		if report.Summary != want || progress.Done() != want.Rewrapped {
			t.Errorf("aborted %v: %d writes, %+v", aborted, written, report.Summary)
		}
		for _, row := range report.Secrets {
			if !strings.Contains(row.Reason, "not known whether it was written") {
				t.Errorf("aborted %v: %+v", aborted, row)
			}
		}
	}
}

func TestUnlessAborted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	abort := make(chan struct{})
	lasting, release := unlessAborted(ctx, abort)
	defer release()
	cancel()
	if lasting.Err() != nil {
		t.Error("it ends with its parent")
	}
	close(abort)
	<-lasting.Done()
}

func TestVerifyMaxAge(t *testing.T) {
	key := derived
	key.LatestVersion, key.Created = 2, map[int]time.Time{2: time.Now().Add(-100 * time.Hour)}
	cluster := many(2)
	for maxAge, want := range map[time.Duration][]EntryStatus{0: {Stale, Stale},
		99 * time.Hour: {Overdue, Stale, Stale}, 101 * time.Hour: {Stale, Stale}} {
		report, err := newTestClient(t, cluster, newFakeVault(key), "").Verify(t.Context(),
			VerifyRequest{MaxAge: maxAge})
		var got []EntryStatus
		for _, finding := range report.Findings {
			got = append(got, finding.Status)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", maxAge, got, err)
		}
		row := report.Keys[0]
		if row.Secrets != 2 || row.Entries != 2 || row.Stale != 2 || row.LatestVersion != 2 ||
			row.LatestVersionCreated == "" {
			t.Errorf("%+v", row)
		}
	}
	key.Created = nil
	for name, failure := range map[string]error{"metadata denied": transit.ErrDenied, "without times": nil} {
		v := newFakeVault(key)
		v.before = func(verb string) error {
			if verb == "key" {
				return failure
			}
			return nil
		}
		report, err := newTestClient(t, cluster, v, "").Verify(t.Context(), VerifyRequest{MaxAge: time.Hour})
		if err != nil || len(report.Findings) != 3 || report.Findings[0].Status != Unreadable ||
			!strings.Contains(report.Findings[0].Reason, "its age is not known") {
			t.Errorf("%s: %+v, %v", name, report.Findings, err)
		}
	}
}
