package engine

import (
	"context"
	"errors"
	"net/http"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// repeatingCluster is an API server whose answers to the first patch are lost, so that the plugin's transport sends the
// patch again.
type repeatingCluster struct {
	*fakeCluster

	carriesOut bool   // the first one
	meanwhile  func() // between the two
}

func (c *repeatingCluster) Secrets(namespace string) corev1client.SecretInterface {
	return &repeatingSecrets{c.fakeCluster.Secrets(namespace), c}
}

type repeatingSecrets struct {
	corev1client.SecretInterface

	cluster *repeatingCluster
}

func (s *repeatingSecrets) Patch(ctx context.Context, name string, kind types.PatchType, data []byte,
	options metav1.PatchOptions, more ...string) (stored *corev1.Secret, err error) {
	attempts := 0
	transport := kube.Retrying(answering(func(request *http.Request) (*http.Response, error) {
		if request.Method == http.MethodGet { // the API server must have answered once
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		}
		if attempts++; attempts == 1 {
			if s.cluster.carriesOut {
				_, _ = s.SecretInterface.Patch(ctx, name, kind, data, options, more...)
			}
			s.cluster.meanwhile()
			return &http.Response{StatusCode: http.StatusBadGateway, Body: http.NoBody, Header: http.Header{}}, nil
		}
		stored, err = s.SecretInterface.Patch(ctx, name, kind, data, options, more...)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	}))
	for _, method := range []string{http.MethodGet, http.MethodPatch} {
		request, _ := http.NewRequestWithContext(ctx, method, "https://cluster", http.NoBody)
		if _, failed := transport.RoundTrip(request); failed != nil {
			return nil, failed
		}
	}
	return stored, err
}

type answering func(*http.Request) (*http.Response, error)

func (a answering) RoundTrip(request *http.Request) (*http.Response, error) { return a(request) }

// TestWriteWhoseAnswerIsLost: a write that was carried out is never reported as refused.
func TestWriteWhoseAnswerIsLost(t *testing.T) {
	as := sealed.Secret{Namespace: "a", Name: "s", Key: derived.Key, Scope: sealed.Strict}
	value := ciphertext(derived.Key, 1, string(as.Context("x")), "new")
	const other, conflict, unknown, deleted = "other", "conflict", "unknown", "deleted"
	for name, test := range map[string]struct {
		carriesOut bool
		meanwhile  func(c *fakeCluster)
		drops      bool
		want       string
	}{
		"written":               {carriesOut: true},
		"written, and touched":  {carriesOut: true, meanwhile: func(c *fakeCluster) { c.change("y", other) }},
		"not written":           {},
		"refused":               {meanwhile: func(c *fakeCluster) { c.change("y", other) }, want: conflict},
		"written, and replaced": {carriesOut: true, meanwhile: func(c *fakeCluster) { c.change("x", other) }, want: unknown},
		"replaced":              {meanwhile: func(c *fakeCluster) { c.change("x", other) }, want: unknown},
		"deleted":               {carriesOut: true, meanwhile: func(c *fakeCluster) { c.remove("a/s") }, want: deleted},
		"created again": {carriesOut: true, want: deleted, meanwhile: func(c *fakeCluster) {
			c.remove("a/s")
			c.put(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
		}},
		"removed":          {carriesOut: true, drops: true},
		"removal, refused": {drops: true, meanwhile: func(c *fakeCluster) { c.change("y", other) }, want: conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x", "y": "y"}))
			cluster := &repeatingCluster{fake, test.carriesOut, func() {
				if test.meanwhile != nil {
					test.meanwhile(fake)
				}
			}}
			change := Change{Live: fake.get("a/s"), As: as, Set: map[string]transit.Ciphertext{"x": value}}
			if test.drops {
				change.Set, change.Drop = nil, []string{"x"}
			}
			stored, err := NewCluster(cluster, ClusterOptions{}).Write(t.Context(), []Change{change}, DryRunNone)
			var lost *UnknownWriteError
			got := ""
			switch {
			case errors.As(err, &lost) && lost.Deleted:
				got = deleted
			case errors.As(err, &lost):
				got = unknown
			case errors.Is(err, kube.ErrConflict):
				got = conflict
			case err != nil:
				t.Fatal(err)
			case !isWritten(stored[0], change):
				t.Errorf("the Secret is %v", stored[0].Data)
			}
			if got != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// change changes an entry as another client would.
func (c *fakeCluster) change(entry, value string) {
	secret := c.get("a/s")
	secret.Data[entry] = []byte(value)
	c.put(secret)
}

// TestMetadataWhoseAnswerIsLost: a change without entries is recognised by what it writes.
func TestMetadataWhoseAnswerIsLost(t *testing.T) {
	annotate := func(c *fakeCluster, name, value string) {
		secret := c.get("a/s")
		secret.Annotations[name] = value
		c.put(secret)
	}
	for name, test := range map[string]struct {
		carriesOut bool
		meanwhile  func(c *fakeCluster)
		check      func(err error) bool
	}{
		"written":              {carriesOut: true},
		"written, and touched": {carriesOut: true, meanwhile: func(c *fakeCluster) { annotate(c, "other", "x") }},
		"refused":              {meanwhile: func(c *fakeCluster) { annotate(c, "other", "x") }},
		"replaced": {carriesOut: true, check: isUnknown,
			meanwhile: func(c *fakeCluster) { annotate(c, sealed.ExpiresAnnotation, longAgo) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
			done := false
			cluster := &repeatingCluster{fake, test.carriesOut, func() {
				if test.meanwhile != nil && !done {
					test.meanwhile(fake)
				}
				done = true
			}}
			c := newTestClient(t, fake, newFakeVault(derived), "transit/derived")
			c.store = NewCluster(cluster, ClusterOptions{})
			_, err := c.SetExpiry(t.Context(), ExpiryRequest{Namespace: "a", Name: "s", DryRun: DryRunNone,
				Expires: sealed.Expiry{Given: true, At: timeOf(t, later)}})
			switch got := fake.get("a/s").Annotations[sealed.ExpiresAnnotation]; {
			case test.check != nil && !test.check(err):
				t.Errorf("%v", err)
			case test.check == nil && (err != nil || got != later):
				t.Errorf("%v, it expires %s", err, got)
			}
		})
	}
}

func isUnknown(err error) bool {
	var lost *UnknownWriteError
	return errors.As(err, &lost) && !lost.Deleted
}

// TestWriteWhoseAnswerIsLostForGood: if the Secret cannot be read either, it is not reported as unchanged.
func TestWriteWhoseAnswerIsLostForGood(t *testing.T) {
	fake := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	cluster := &repeatingCluster{fake, true, func() {
		fake.before = func(verb, _ string) error {
			if verb == "get" {
				return kube.ErrUnreachable
			}
			return nil
		}
	}}
	_, err := NewCluster(cluster, ClusterOptions{}).Write(t.Context(),
		[]Change{{Live: fake.get("a/s"), Drop: []string{"x"}}}, DryRunNone)
	if !isUnknown(err) || !errors.Is(err, kube.ErrUnreachable) {
		t.Errorf("%v", err)
	}
}
