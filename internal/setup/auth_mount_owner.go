package setup

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The auth mount is marked with the cluster that it is for, in its description: the UID of the namespace kube-system,
// which lives as long as the cluster does. Signing keys and addresses change.
const markWords = "vaultseal cluster "

var markPattern = regexp.MustCompile(markWords + `([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`)

// readUID reads the cluster's UID; empty for one that may not be read.
func (s *Setup) readUID(ctx context.Context) error {
	namespace, err := s.Core.Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read namespace %s: %w", metav1.NamespaceSystem, kube.Classify(err))
	}
	s.Installation.Cluster.UID = string(namespace.UID)
	return nil
}

// markOf is the UID in a description; empty: none.
func markOf(description string) string {
	found := markPattern.FindStringSubmatch(description)
	if found == nil {
		return ""
	}
	return found[1]
}

// marked is a description with this cluster's mark. What somebody has written there besides stays.
func (c Cluster) marked(description string) string {
	mark := markWords + c.UID
	switch {
	case markPattern.MatchString(description):
		return markPattern.ReplaceAllLiteralString(description, mark)
	case description == "":
		return mark
	}
	return description + "; " + mark
}

// mark tells the auth mount which cluster it is for; none where the mount is not there yet, or the UID is not known.
func (s *Setup) mark() []setting {
	i := s.Installation
	if i.Cluster.UID == "" || !s.mounted {
		return nil
	}
	return []setting{{
		vault: s.Vault, kind: "cluster mark", at: "sys/mounts/auth/" + i.AuthMount + "/tune", what: i.AuthMount,
		read: constant(map[string]any{"description": s.description}),
		data: constant(map[string]any{"description": i.Cluster.marked(s.description)}),
		optional: "auth mount " + i.AuthMount + " is not marked as this cluster's, because the Vault token may not: " +
			"when the cluster's signing key is replaced, setup may not recognise the cluster",
	}}
}

// recognise finds out whether the auth mount is this cluster's, and keeps what the command line leaves out of it.
func (s *Setup) recognise(ctx context.Context) error {
	i := &s.Installation
	if i.Extends {
		return nil
	}
	found, err := mount(s.Vault, "sys/auth", i.AuthMount)(ctx)
	if err != nil && !errors.Is(err, transit.ErrDenied) {
		return err
	}
	s.mounted = found != nil
	s.description, _ = found["description"].(string)
	is, err := s.unlessNoAuth("auth/" + i.AuthMount + "/config")(ctx)
	if err != nil && !errors.Is(err, transit.ErrDenied) {
		return err
	}
	if is == nil {
		s.foreign = s.otherMark()
		return nil
	}
	if s.foreign = s.isForeign(is); !s.foreign {
		s.keepAuthConfig(is)
	}
	return nil
}

// otherMark tells whether the mount is marked as another cluster's.
func (s *Setup) otherMark() bool {
	mark, own := markOf(s.description), s.Installation.Cluster.UID
	return mark != "" && own != "" && mark != own
}

// isForeign tells whether a configuration is another cluster's. The mark decides, else a key or an address that both
// have. The cluster's ConfigMap proves nothing: it can name another cluster's mount.
func (s *Setup) isForeign(is map[string]any) bool {
	marked := markOf(s.description) != "" && s.Installation.Cluster.UID != ""
	return s.otherMark() || !marked && s.differs(is)
}

// confirmMount makes sure that the auth mount is this installation's where only the ConfigMap names it: else who can
// write the ConfigMap would choose whose login method an administrator changes. Vault confirms it by the cluster's mark
// and by the namespace of the rotator's role.
func (s *Setup) confirmMount(ctx context.Context) error {
	i := s.Installation
	if !i.Unconfirmed {
		return nil
	}
	unconfirmed := &UnconfirmedMountError{Method: i.Method, Mount: i.AuthMount}
	found, err := mount(s.Vault, "sys/auth", i.AuthMount)(ctx)
	if err != nil && !errors.Is(err, transit.ErrDenied) {
		return err
	}
	description, _ := found["description"].(string)
	if i.Cluster.UID == "" || markOf(description) != i.Cluster.UID || found["type"] != string(i.Method) {
		return unconfirmed
	}
	rotator, err := path(s.Vault, "auth/"+i.AuthMount+"/role/"+rotatorName)(ctx)
	if err != nil && !errors.Is(err, transit.ErrDenied) {
		return err
	}
	if !slices.Equal(boundNamespaces(rotator), []string{i.System}) {
		return unconfirmed
	}
	return nil
}
