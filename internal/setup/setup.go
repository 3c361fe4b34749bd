package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Setup creates an Installation.
type Setup struct {
	Installation Installation
	Vault        Vault
	Keys         Keys
	Core         corev1client.CoreV1Interface
	Dynamic      dynamic.Interface
	// ReplaceRoles allows to change the bounds of existing roles.
	ReplaceRoles bool
	// ReuseKeys allows the installation to use existing engines, keys and policies.
	ReuseKeys bool
	// ForceConflicts takes over fields of Kubernetes objects from other managers.
	ForceConflicts bool
	Now            func() time.Time

	// NewSession creates a session for TryLogin.
	NewSession func(transit.Auth) LoginSession
	// ReadIssuer reads the keys of an issuer anonymously, with a CA certificate in PEM or the system's CAs; nil: setup
	// does not look for a source of signing keys itself.
	ReadIssuer func(ctx context.Context, issuer, ca string) (signingkeys.Set, error)

	access      access
	setUp       map[string]bool // namespaces
	engineKeys  []string        // key names in an engine with a key for each namespace
	engineMount engineMount

	reviewerNote string // after Apply
	kept         []Kept
	notes        []string
	warnings     []string
	expected     []string       // what Apply will try
	mounted      bool           // the auth mount exists
	description  string         // of the auth mount
	foreign      bool           // it belongs to another cluster
	authKept     map[string]any // parameters of its configuration to keep
	keySource    keySource
}

// Plan compares the current with the wanted state, and writes nothing. Its error lists all reasons that prevent the
// plan.
func (s *Setup) Plan(ctx context.Context) (*Plan, error) {
	s.readMountsOnce()
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	steps, err := s.steps(ctx)
	if err != nil {
		return nil, err
	}
	return s.compare(ctx, steps)
}

// prepare determines the installation, before anything is compared.
func (s *Setup) prepare(ctx context.Context) error {
	cluster := func(ctx context.Context) error { _, err := s.KeepCluster(ctx); return err }
	keys := func(context.Context) error { return s.Installation.CheckOtherKeys() }
	for _, find := range []func(context.Context) error{
		s.checkNamespaces, cluster, s.confirmMount, s.checkMount, s.keepNames, keys, s.checkUsedKeys, s.keepAudience,
		s.keepVault, s.readEngine, s.readKeyUsers, s.recognise, s.findJobNamespaces, s.checkWorkloads,
	} {
		if err := find(ctx); err != nil {
			return err
		}
	}
	return nil
}

// useless reports whether all other steps would fail with the same error.
func useless(err error) bool {
	for _, kind := range []error{transit.ErrUnreachable, transit.ErrSealed, kube.ErrUnreachable,
		transit.ErrUnauthenticated, context.Canceled} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// steps returns the groundwork in the cluster, Vault's side, what users start with, and the removals.
func (s *Setup) steps(ctx context.Context) ([]step, error) {
	var steps []step
	add := func(objects []runtime.Object) error {
		manifests, err := manifests(objects)
		for _, manifest := range manifests {
			steps = append(steps, object{client: s.Dynamic, manifest: manifest, force: s.ForceConflicts})
		}
		return err
	}
	if err := add(s.Installation.groundwork()); err != nil {
		return nil, err
	}
	grants, err := s.grantSteps()
	if err != nil {
		return nil, err
	}
	steps = append(steps, grants...)
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	steps = append(steps, s.asSteps(settings)...)
	workloads, err := s.renewWorkloads(ctx)
	if err != nil {
		return nil, err
	}
	steps = append(steps, workloads...)
	if err := add(s.Installation.entrance()); err != nil {
		return nil, err
	}
	enforce, err := s.enforceSteps(ctx)
	if err != nil {
		return nil, err
	}
	steps = append(steps, enforce...)
	removals, err := s.removals(ctx)
	return append(steps, removals...), err
}

// checkNamespaces refuses namespaces that do not exist, which are probably mistyped.
func (s *Setup) checkNamespaces(ctx context.Context) error {
	var unknown []error
	for _, namespace := range s.Installation.Namespaces {
		_, err := s.Core.Namespaces().Get(ctx, namespace, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			unknown = append(unknown, fmt.Errorf("namespace %s does not exist", namespace))
		case err != nil:
			return fmt.Errorf("read namespace %s: %w", namespace, kube.Classify(err))
		}
	}
	if len(unknown) > 0 {
		return &ObstacleError{Obstacles: unknown}
	}
	return nil
}

// Apply makes the changes and reports each one. It stops at the first failure, with an *IncompleteError.
func (s *Setup) Apply(ctx context.Context, plan *Plan, done func(Item)) error {
	for n, item := range plan.Items {
		if item.Action != Unchanged {
			err := item.step.apply(ctx)
			if setting, ok := item.step.(setting); ok && setting.optional != "" && errors.Is(err, transit.ErrDenied) {
				item.Action, item.Note, err = Unchanged, setting.optional, nil
			}
			if err != nil {
				return incomplete(plan.Items[:n], plan.Items[n:], err)
			}
			s.reviewerNote = cmp.Or(reviewerNote(item.step), s.reviewerNote)
		}
		done(item)
	}
	return nil
}
