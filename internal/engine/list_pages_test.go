package engine

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// pagesServer lists Secrets of the given sizes as an API server does: compressed, with a limit that counts them.
type pagesServer struct {
	sizes  []int
	expire bool // the first list that goes on expires
	limits []int
}

func (s *pagesServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	start, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	s.limits = append(s.limits, limit)
	w.Header().Set("Content-Type", "application/json")
	if s.expire && start > 0 {
		s.expire = false
		w.WriteHeader(http.StatusGone)
		expired := apierrors.NewResourceExpired("too old").ErrStatus
		expired.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
		_ = json.NewEncoder(w).Encode(expired)
		return
	}
	list := corev1.SecretList{TypeMeta: metav1.TypeMeta{Kind: "SecretList", APIVersion: "v1"}}
	end := min(start+limit, len(s.sizes))
	for i, size := range s.sizes[start:end] {
		list.Items = append(list.Items, corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: "app", Name: fmt.Sprintf("s-%05d", start+i),
				Annotations: map[string]string{"big": strings.Repeat("x", size)}},
		})
	}
	if end < len(s.sizes) {
		list.Continue = strconv.Itoa(end)
	}
	w.Header().Set("Content-Encoding", "gzip")
	packed, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	_ = json.NewEncoder(packed).Encode(list)
	_ = packed.Close()
}

// listed are the names that a Client lists, and the limits that it asked for.
func (s *pagesServer) listed(t *testing.T) (names []string, err error) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	kubernetes := &rest.Config{Host: server.URL}
	kube.Tune(kubernetes)
	core, err := corev1client.NewForConfig(kubernetes)
	if err != nil {
		t.Fatal(err)
	}
	err = NewCluster(core, ClusterOptions{}).list(context.Background(), "app", metav1.ListOptions{},
		func(page []corev1.Secret) error {
			for _, secret := range page {
				names = append(names, secret.Name)
			}
			return nil
		})
	return names, err
}

func sizes(count, size int) []int { return slices.Repeat([]int{size}, count) }

// A page that is too large is asked for again with half the limit, and later pages grow slowly.
func TestListHalvesPagesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*pagesServer{
		"small":           {sizes: sizes(1200, 100)},
		"large":           {sizes: sizes(24, 1<<20)},
		"large, expiring": {sizes: sizes(24, 1<<20), expire: true},
		"mixed":           {sizes: slices.Concat(sizes(3000, 10), sizes(24, 1<<20), sizes(3000, 10))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			names, err := s.listed(t)
			if err != nil {
				t.Fatal(err)
			}
			if len(names) != len(s.sizes) || !slices.IsSorted(names) || len(slices.Compact(names)) != len(s.sizes) {
				t.Errorf("%d names, want each of %d once and in order", len(names), len(s.sizes))
			}
			if s.limits[0] != pageSize || name == "small" && slices.Max(s.limits[1:]) != pageSize {
				t.Errorf("limits %v", s.limits)
			}
			if last := s.limits[len(s.limits)-1]; name == "mixed" && last != pageSize {
				t.Errorf("limits %v, want them to grow back", s.limits)
			}
			if name == "large" && !slices.Equal(s.limits[:6], []int{500, 250, 125, 62, 31, 15}) {
				t.Errorf("limits %v", s.limits)
			}
		})
	}
}

func TestListRefusesASecretThatIsLargerThanAPage(t *testing.T) {
	t.Parallel()
	_, err := (&pagesServer{sizes: []int{maxPageBytes}}).listed(t)
	if err == nil || !strings.Contains(err.Error(), "list secrets: the answer for a single Secret is larger than "+
		"16777216 bytes") {
		t.Errorf("error %v", err)
	}
}
