package plugin

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/secretusers"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestExportReport(t *testing.T) {
	r := newExportReport(false)
	r.add(engine.Surveyed{Namespace: "a", Name: "one"}, []secretusers.User{{Object: "pod/x", Place: "volume y"}})
	r.add(engine.Surveyed{Namespace: "a", Name: "two",
		Left: &sealed.LeftError{Reason: sealed.LeftImmutable, Err: errors.New("it is immutable")}}, nil)
	r.add(engine.Surveyed{Namespace: "a", Name: "three", Err: transit.ErrDenied}, nil)
	r.count()
	if got := r.Summary.text(); got != "1 Secret sealable, 1 Secret failed, 1 Secret left (immutable: 1)" {
		t.Error(got)
	}
	if got := r.Items[0].usedBy(); got != "pod/x" {
		t.Error(got)
	}
	err := r.endOf(nil)
	if err == nil || err.Error() != "1 Secret of 2 not written" || exitCode(t.Context(), err) != exitDenied {
		t.Errorf("%v", err)
	}
}

func TestExportExitCodes(t *testing.T) {
	failed := func(err error) exportItem {
		item := exportItem{}
		newExportReport(false).fail(&item, err)
		return item
	}
	written, left := exportItem{Status: exportWritten}, exportItem{Status: exportLeft, Reason: sealed.LeftOwned}
	other := errors.New("other")
	for name, c := range map[string]struct {
		items   []exportItem
		stopped error
		want    int
	}{
		"all written":    {[]exportItem{written, left}, nil, exitDone},
		"nothing to do":  {[]exportItem{left}, nil, exitDone},
		"some failed":    {[]exportItem{written, failed(other)}, nil, exitPartial},
		"all failed":     {[]exportItem{failed(other), failed(transit.ErrDenied)}, nil, exitFailed},
		"denied, failed": {[]exportItem{failed(transit.ErrDenied), failed(other)}, nil, exitFailed},
		"all denied":     {[]exportItem{failed(transit.ErrDenied)}, nil, exitDenied},
		"stopped":        {[]exportItem{written}, other, exitPartial},
		"stopped first":  {nil, other, exitFailed},
		"changed":        {[]exportItem{failed(changedMeanwhile())}, nil, exitDone},
	} {
		r := newExportReport(false)
		r.Items = c.items
		r.count()
		if got := exitCode(t.Context(), r.endOf(c.stopped)); r.endOf(c.stopped) == nil && c.want != exitDone ||
			r.endOf(c.stopped) != nil && got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
	}
}

// TestExportNamedChanges: a Secret that was named, and must stay plaintext by now, is not left in silence.
func TestExportNamedChanges(t *testing.T) {
	r := newExportReport(false)
	r.named = true
	for _, name := range []string{"one", "two"} {
		r.add(engine.Surveyed{Namespace: "a", Name: name}, nil)
	}
	r.Items[0].Status = exportWritten
	r.fail(&r.Items[1], changedMeanwhile())
	r.count()
	err := r.endOf(nil)
	if err == nil || err.Error() != "1 Secret of 2 not written" || exitCode(t.Context(), err) != exitPartial {
		t.Errorf("%v", err)
	}
	if got := r.Items[1].fileOrReason(); !strings.Contains(got, "Flux manages it") {
		t.Error(got)
	}
}

// changedMeanwhile is the error of a Secret that could be sealed when it was listed.
func changedMeanwhile() error {
	return fmt.Errorf("x: %w", &engine.NotReplaceableError{Namespace: "a", Name: "b",
		Reason: &sealed.LeftError{Reason: sealed.LeftManaged, Err: errors.New("Flux manages it")}})
}

func TestExportManyUsers(t *testing.T) {
	item := exportItem{}
	for n := range 12 {
		item.UsedBy = append(item.UsedBy, exportUser{Object: fmt.Sprintf("pod/%d", n)})
	}
	if got := item.usedBy(); got != "pod/0, pod/1, pod/2 and 9 more" {
		t.Error(got)
	}
}

// TestManifestOf: nothing of the live object gets into git.
func TestManifestOf(t *testing.T) {
	now := metav1.Now()
	live := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: "a", Name: "b", UID: "u", ResourceVersion: "7", Generation: 3, CreationTimestamp: now,
		DeletionTimestamp: &now, Finalizers: []string{"x/y"}, GenerateName: "g",
		OwnerReferences: []metav1.OwnerReference{{Kind: "K", Name: "n", UID: "u"}},
		ManagedFields:   []metav1.ManagedFieldsEntry{{Manager: "m"}},
		Labels:          map[string]string{"app": "web", "argocd.argoproj.io/instance": "i"},
		Annotations: map[string]string{"note": "kept", sealed.LastAppliedAnnotation: "{}",
			sealed.TransitKeyAnnotation: "transit/k", "field.cattle.io/projectId": "p"},
	}, Type: corev1.SecretTypeTLS, Data: map[string][]byte{"k": []byte("vault:v1:x")}}
	var text strings.Builder
	if err := printObject(&text, outputYAML, manifestOf(live)); err != nil {
		t.Fatal(err)
	}
	const want = `apiVersion: v1
data:
  k: dmF1bHQ6djE6eA==
kind: Secret
metadata:
  annotations:
    note: kept
    vaultseal.dev/transit-key: transit/k
  labels:
    app: web
  name: b
  namespace: a
type: kubernetes.io/tls
`
	if text.String() != want {
		t.Errorf("%s", text.String())
	}
	if live.Annotations["field.cattle.io/projectId"] == "" {
		t.Error("the live Secret has changed")
	}
}
