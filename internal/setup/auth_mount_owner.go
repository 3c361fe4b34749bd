package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The description of the auth mount is marked with the UID of the namespace kube-system, which identifies the cluster
// as long as it exists. Signing keys and addresses change.
const markWords = "vaultseal cluster "

var markPattern = lazyregexp.New(markWords + `([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`)

// readUID reads the cluster's UID; empty if the user cannot read it.
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

// markOf returns the UID in a description; empty: none.
func markOf(description string) string {
	found := markPattern().FindStringSubmatch(description)
	if found == nil {
		return ""
	}
	return found[1]
}

// marked adds this cluster's mark to a description and keeps the other text.
func (c Cluster) marked(description string) string {
	mark := markWords + c.UID
	switch {
	case markPattern().MatchString(description):
		return markPattern().ReplaceAllLiteralString(description, mark)
	case description == "":
		return mark
	}
	return description + "; " + mark
}

// mark writes the cluster's mark to the auth mount. There is no step if the mount does not exist yet, or if the UID is
// unknown.
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

// recognise determines whether the auth mount belongs to this cluster, and keeps what the command line leaves out.
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
	unread := err != nil
	if s.foreign = s.otherMark() || is != nil && s.isForeign(is); s.foreign {
		is = nil
	}
	if err := s.chooseKeySource(ctx, is, unread); err != nil {
		return err
	}
	if is != nil {
		s.keepAuthConfig(is)
	}
	return nil
}

// otherMark reports whether the mount is marked for another cluster.
func (s *Setup) otherMark() bool {
	mark, own := markOf(s.description), s.Installation.Cluster.UID
	return mark != "" && own != "" && mark != own
}

// isForeign reports whether a configuration belongs to another cluster: by the mark, or without one by a key or an
// address that both have. The cluster's ConfigMap proves nothing, because it can name another cluster's mount.
func (s *Setup) isForeign(is map[string]any) bool {
	marked := markOf(s.description) != "" && s.Installation.Cluster.UID != ""
	return s.otherMark() || !marked && s.differs(is)
}

// confirmMount checks that an auth mount that only the ConfigMap names belongs to this installation. Otherwise anyone
// who can write the ConfigMap could choose the auth method that an administrator changes. Vault confirms it with the
// cluster's mark and the namespace of the rotator's role.
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
