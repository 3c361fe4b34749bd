package setup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Unsaid marks what the command line leaves out. Its current value stays: removal needs a flag.
type Unsaid struct {
	EncryptOnly, AllowRetire, Job, Everywhere, Namespaces, Reviewer, Host, CA, Keys, Audience bool
	// KeySource and KeyCA are the URL of signing keys and its CA certificate.
	KeySource, KeyCA bool
}

// Kept is something that stays because the command line leaves it out.
type Kept struct {
	What string
	How  string // the flag that removes it
}

func (k Kept) String() string { return k.What + " (" + k.How + ")" }

// KeepCluster adds to the installation what the cluster has and the command line leaves out. It reads only from the API
// server, for users who cannot read from Vault.
func (s *Setup) KeepCluster(ctx context.Context) ([]Kept, error) {
	kept, err := s.keepJob(ctx)
	if err != nil {
		return nil, err
	}
	s.kept = append(s.kept, kept...)
	if err := s.keepEncrypter(ctx); err != nil {
		return nil, err
	}
	if err := s.keepReviewer(ctx); err != nil {
		return nil, err
	}
	if err := s.noteDropped(ctx); err != nil {
		return nil, err
	}
	if err := s.readSetUp(ctx); err != nil {
		return nil, err
	}
	if err := s.readIssuer(ctx); err != nil {
		return nil, err
	}
	return s.kept, s.readUID(ctx)
}

// keepEncrypter checks for the account in the users' role.
func (s *Setup) keepEncrypter(ctx context.Context) error {
	i := &s.Installation
	if !i.Unsaid.EncryptOnly || i.EncryptOnly {
		return nil
	}
	var role rbacv1.ClusterRole
	if err := s.get(ctx, "ClusterRole", i.clusterName(userRole), &role); err != nil {
		return err
	}
	for _, rule := range role.Rules {
		if slices.Contains(rule.ResourceNames, encrypterName) {
			s.keepEncryptOnly()
		}
	}
	return nil
}

func (s *Setup) keepEncryptOnly() {
	i := &s.Installation
	if i.EncryptOnly = true; !i.Extends {
		s.kept = append(s.kept, Kept{"role " + encrypterName, "--encrypt-only-role=false removes it"})
	}
}

// keepReviewer checks for Vault's own account among those that can review tokens.
func (s *Setup) keepReviewer(ctx context.Context) error {
	i := &s.Installation
	if !i.Unsaid.Reviewer || i.Extends || i.Method != "kubernetes" {
		return nil
	}
	var binding rbacv1.ClusterRoleBinding
	if err := s.get(ctx, "ClusterRoleBinding", i.clusterName(reviewerName), &binding); err != nil {
		return err
	}
	for _, subject := range binding.Subjects {
		if subject.Kind != rbacv1.ServiceAccountKind || subject.Namespace == i.System && subject.Name == reviewerName {
			continue
		}
		i.Reviewer = config.Account{Namespace: subject.Namespace, Name: subject.Name}
		s.kept = append(s.kept, Kept{"that Vault reviews tokens as " + i.Reviewer.String(),
			"--vault-service-account= gives it an account of setup's"})
	}
	return nil
}

// noteDropped notes what is removed with another address of Vault: its CA, namespace and other settings of that
// address.
func (s *Setup) noteDropped(ctx context.Context) error {
	if s.Installation.Extends {
		return nil
	}
	live, err := kube.ConfigMap(s.Core, s.Installation.System)(ctx)
	if err != nil {
		return fmt.Errorf("read ConfigMap %s/%s: %w", s.Installation.System, config.ConfigMapName, err)
	}
	wanted := s.Installation.configuration()
	for _, key := range slices.Sorted(maps.Keys(live)) {
		if _, stays := wanted[key]; !stays && strings.HasPrefix(key, "vault-") {
			s.notes = append(s.notes, fmt.Sprintf("the ConfigMap's %s belongs to the address %s and goes with it", key,
				live[config.VaultAddr.Key]))
		}
	}
	return nil
}

// get reads an object of the cluster that may not exist.
func (s *Setup) get(ctx context.Context, kind, name string, into any) error {
	manifest := &unstructured.Unstructured{}
	manifest.SetGroupVersionKind(rbacv1.SchemeGroupVersion.WithKind(kind))
	live, err := object{client: s.Dynamic, manifest: manifest}.resource().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s %s: %w", kind, name, kube.Classify(err))
	}
	return runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, into)
}

// keepVault adds to the installation what Vault has. A later step reports what the token cannot read.
func (s *Setup) keepVault(ctx context.Context) error {
	i := &s.Installation
	role := "auth/" + i.AuthMount + "/role/"
	if i.Unsaid.EncryptOnly && !i.EncryptOnly {
		is, err := s.unlessNoAuth(role + encrypterName)(ctx)
		if err != nil && !errors.Is(err, transit.ErrDenied) {
			return err
		}
		if is != nil {
			s.keepEncryptOnly()
		}
	}
	if i.Extends {
		return nil
	}
	if i.Unsaid.AllowRetire && !i.AllowRetire && s.access.may(i.retireRule(), rotatorName) {
		i.AllowRetire = true
		s.kept = append(s.kept, Kept{"the rotator's right to retire key versions", "--allow-retire=false removes it"})
	}
	if i.Keys.PerNamespace() {
		return nil
	}
	is, err := s.unlessNoAuth(role + sealerName)(ctx)
	if err != nil && !errors.Is(err, transit.ErrDenied) {
		return err
	}
	if others := without(boundNamespaces(is), i.Namespaces); len(others) > 0 && s.keepsNamespaces(is) {
		s.kept = append(s.kept, Kept{"the shared key's namespaces " + strings.Join(others, ", "),
			"--replace-roles binds the roles to --namespaces alone"})
	}
	return nil
}

// keepAudience keeps the audience that the role requires, and notes that users must specify it.
func (s *Setup) keepAudience(ctx context.Context) error {
	i := &s.Installation
	if i.Unsaid.Audience && !s.ReplaceRoles {
		is, err := s.unlessNoAuth("auth/" + i.AuthMount + "/role/" + sealerName)(ctx)
		if err != nil && !errors.Is(err, transit.ErrDenied) {
			return err
		}
		audiences := slices.Concat(stringsOf(is["audience"]), stringsOf(is["bound_audiences"]))
		audiences = slices.DeleteFunc(audiences, func(audience string) bool { return audience == "" })
		if len(audiences) == 1 && audiences[0] != i.Audience {
			i.Audience = audiences[0]
			if !i.Extends {
				s.kept = append(s.kept, Kept{"the audience " + i.Audience, "--audience with --replace-roles changes " +
					"it"})
			}
		}
	}
	if i.Audience != config.DefaultAudience && !i.Extends {
		s.notes = append(s.notes, fmt.Sprintf("users must specify the audience too, with --audience %s or "+
			"VAULTSEAL_AUDIENCE=%s", i.Audience, i.Audience))
	}
	return nil
}

// keepsNamespaces reports whether the namespaces that a role with a shared key is bound to stay.
func (s *Setup) keepsNamespaces(is map[string]any) bool {
	return is != nil && (s.Installation.Extends || !s.ReplaceRoles &&
		!slices.Contains(boundNamespaces(is), anyNamespace))
}
