package engine

import (
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// deleting is a Secret as the API server shows it from its deletion until its finalizers are removed.
func deleting(secret *corev1.Secret) *corev1.Secret {
	now := metav1.NewTime(time.Unix(1, 0))
	secret.DeletionTimestamp, secret.Finalizers = &now, []string{"example.com/keep"}
	return secret
}

// TestMoveToADeletedSecret: a Secret that only finalizers keep is no copy. The old one would be the only one that is
// left.
func TestMoveToADeletedSecret(t *testing.T) {
	for name, remove := range map[string]bool{"copy": false, "move": true} {
		t.Run(name+" again", func(t *testing.T) {
			c, cluster, _ := movable(t)
			if _, err := c.Move(t.Context(), toB(), false); err != nil {
				t.Fatal(err)
			}
			cluster.put(deleting(cluster.get("b/t")))
			result, err := c.Move(t.Context(), toB(), remove)
			checkDeleting(t, err)
			if cluster.get("a/s") == nil {
				t.Errorf("the only copy was deleted: %+v", result)
			}
		})
	}
	t.Run("deleted after it was created", func(t *testing.T) {
		c, cluster, _ := movable(t)
		cluster.before = func(verb, object string) error {
			if made := cluster.get("b/t"); verb == "get" && object == "b/t" && made != nil {
				cluster.put(deleting(made))
			}
			return nil
		}
		_, err := c.Move(t.Context(), toB(), true)
		checkDeleting(t, err)
		if cluster.get("a/s") == nil {
			t.Error("the only copy was deleted")
		}
	})
}

func checkDeleting(t *testing.T, err error) {
	t.Helper()
	var gone *TargetDeletingError
	if !errors.As(err, &gone) || gone.Namespace != "b" || gone.Name != "t" {
		t.Errorf("%v", err)
	}
}

// TestMoveOfADeletedSecret: a Secret that finalizers keep is moved as any other. A move that has deleted it, and that
// runs again, has nothing left to do.
func TestMoveOfADeletedSecret(t *testing.T) {
	c, cluster, _ := movable(t)
	cluster.put(deleting(cluster.get("a/s")))
	for try := range 2 {
		result, err := c.Move(t.Context(), toB(), true)
		if err != nil || !result.Deleted || result.Unchanged != (try == 1) {
			t.Fatalf("%+v, %v", result, err)
		}
		made := cluster.get("b/t")
		if made.DeletionTimestamp != nil || len(made.Finalizers) > 0 || cluster.get("a/s") == nil {
			t.Errorf("%+v", made.ObjectMeta)
		}
		if last := len(result.Warnings) - 1; last < 0 ||
			!strings.HasSuffix(result.Warnings[last], "until its finalizers are removed: example.com/keep") {
			t.Errorf("warnings %q", result.Warnings)
		}
	}
	if got := mustOpen(t, c, "b", "t"); string(got["x"]) != "1" || string(got["y"]) != "2" {
		t.Errorf("%q", got)
	}
}

// TestMoveDeletedMeanwhile: someone deletes the old Secret, which a finalizer keeps, while it is moved.
func TestMoveDeletedMeanwhile(t *testing.T) {
	c, cluster, _ := movable(t)
	cluster.before = func(verb, _ string) error {
		if old := cluster.get("a/s"); verb == "delete" && old.DeletionTimestamp == nil {
			cluster.put(deleting(old))
		}
		return nil
	}
	if result, err := c.Move(t.Context(), toB(), true); err != nil || !result.Deleted {
		t.Errorf("%+v, %v", result, err)
	}
	mustOpen(t, c, "b", "t")
}

// TestMoveUnreadTarget: if the new Secret cannot be read again, the old one may be the only one. The error does not say
// that the new one opens.
func TestMoveUnreadTarget(t *testing.T) {
	for name, unread := range map[string]func(*fakeCluster) error{
		"gone": func(cluster *fakeCluster) error {
			cluster.remove("b/t")
			return nil
		},
		"not reached": func(*fakeCluster) error { return errors.New("EOF") },
	} {
		t.Run(name, func(t *testing.T) {
			c, cluster, _ := movable(t)
			created := false
			cluster.before = func(verb, object string) error {
				if created && verb == "get" && object == "b/t" {
					return unread(cluster)
				}
				created = created || verb == "create"
				return nil
			}
			_, err := c.Move(t.Context(), toB(), true)
			cluster.before = nil
			var unreadError *UnreadTargetError
			var left *NotDeletedError
			if !errors.As(err, &unreadError) || errors.As(err, &left) || strings.Contains(err.Error(), "opens") ||
				unreadError.To.Name != "t" || cluster.get("a/s") == nil || cluster.count("delete a/s") > 0 {
				t.Errorf("%v", err)
			}
			if name == "gone" && !errors.Is(err, kube.ErrNotFound) {
				t.Errorf("the reason is lost: %v", err)
			}
			if result, err := c.Move(t.Context(), toB(), true); err != nil || !result.Deleted {
				t.Errorf("again: %+v, %v", result, err)
			}
			mustOpen(t, c, "b", "t")
		})
	}
}

// TestMoveNotDeleted: the error that says that both open is for a delete that failed.
func TestMoveNotDeleted(t *testing.T) {
	c, cluster, _ := movable(t)
	cluster.before = func(verb, _ string) error {
		if verb == "delete" {
			return errors.New("EOF")
		}
		return nil
	}
	_, err := c.Move(t.Context(), toB(), true)
	var left *NotDeletedError
	if !errors.As(err, &left) || cluster.get("a/s") == nil {
		t.Errorf("%v", err)
	}
	mustOpen(t, c, "b", "t")
}
