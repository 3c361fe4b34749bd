package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	transitMount   = "transit"
	serviceAccount = "vaultseal"
	cleanTimeout   = 20 * time.Second
)

// stage is the running stack with what every suite needs: a namespace of its own
// with a ServiceAccount, two transit keys, and the programs.
type stage struct {
	stack     stack
	servers   servers
	dir       string // temporary, removed at the end
	programs  programs
	config    *rest.Config
	core      corev1client.CoreV1Interface
	vault     *vaultRoot
	namespace string
	key       string // that Secrets are sealed with, MOUNT/NAME
	rotateKey string // that rotation rotates, so that key stays as it is
}

func newStage(ctx context.Context, s stack, dir string) (*stage, error) {
	built, err := buildPrograms(ctx, dir)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	vault, err := newVaultRoot(s)
	if err != nil {
		return nil, err
	}
	running, err := s.servers()
	if err != nil {
		return nil, err
	}
	st := &stage{stack: s, servers: running, dir: dir, programs: built, config: config, core: core, vault: vault}
	if err := st.furnish(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("set up: %w", err), st.clean())
	}
	return st, nil
}

func (s *stage) furnish(ctx context.Context) error {
	var err error
	if s.namespace, err = s.openNamespace(ctx); err != nil {
		return err
	}
	for name, key := range map[string]*string{s.namespace: &s.key, s.namespace + "-rotate": &s.rotateKey} {
		if err := s.vault.createKey(ctx, name); err != nil {
			return err
		}
		*key = transitMount + "/" + name
	}
	return nil
}

// openNamespace makes a namespace with the ServiceAccount that opens Secrets. The name
// is empty when there is no new namespace.
func (s *stage) openNamespace(ctx context.Context) (string, error) {
	namespace, err := s.core.Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "vaultseal-bench-"},
	}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	_, err = s.core.ServiceAccounts(namespace.Name).Create(ctx,
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: serviceAccount}}, metav1.CreateOptions{})
	return namespace.Name, err
}

// closeNamespace removes a namespace that holds no more Secrets: the stack has no
// controller that would empty it.
func (s *stage) closeNamespace(ctx context.Context, name string) error {
	return errors.Join(
		ignoreNotFound(s.core.ServiceAccounts(name).Delete(ctx, serviceAccount, metav1.DeleteOptions{})),
		ignoreNotFound(s.core.Namespaces().Delete(ctx, name, metav1.DeleteOptions{})),
		s.finalize(ctx, name))
}

// finalize lets go of a namespace that is empty.
func (s *stage) finalize(ctx context.Context, name string) error {
	namespace, err := s.core.Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err == nil {
		namespace.Spec.Finalizers = nil
		_, err = s.core.Namespaces().Finalize(ctx, namespace, metav1.UpdateOptions{})
	}
	return ignoreNotFound(err)
}

// clean removes what furnish made.
func (s *stage) clean() error {
	if s.namespace == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanTimeout)
	defer cancel()
	var errs []error
	for _, key := range []string{s.key, s.rotateKey} {
		if key != "" {
			errs = append(errs, s.vault.deleteKey(ctx, filepath.Base(key)))
		}
	}
	errs = append(errs,
		s.core.Secrets(s.namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}),
		s.closeNamespace(ctx, s.namespace))
	return errors.Join(errs...)
}

func (s *stage) deleteSecret(ctx context.Context, name string) error {
	return ignoreNotFound(s.core.Secrets(s.namespace).Delete(ctx, name, metav1.DeleteOptions{}))
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// environment is the whole environment of a measured command: nothing of the caller's
// configuration has a say, and kubectl's discovery cache starts empty, is filled by
// the warm-ups and goes with the directory.
func (s *stage) environment() []string { return s.environmentWith(s.key) }

// environmentWith configures another transit key.
func (s *stage) environmentWith(key string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + s.dir,
		"KUBECONFIG=" + s.stack.kubeconfig,
		"VAULT_ADDR=" + s.stack.vaultAddr,
		"VAULT_CACERT=" + s.stack.vaultCACert,
		"VAULTSEAL_TRANSIT_KEY=" + key,
	}
}
