package plugin

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// injectKnown is what inject knows: from flags, from the input, and from the cluster, which is asked only about what a
// workload needs, and once.
type injectKnown struct {
	ctx       context.Context //nolint:containedctx // of the command, whose questions these are
	options   *injectOptions
	namespace string
	input     *workload.Input

	core       corev1client.CoreV1Interface // nil: not connected yet
	secrets    map[[2]string]workload.Secret
	configMaps map[[2]string]workload.ConfigMap
	vault      *workload.Vault
	without    *workload.Without // variables from files
	failed     error             // the last question
}

func (o *injectOptions) newKnown(ctx context.Context) (*injectKnown, error) {
	namespace, _, err := o.globals.kube.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, err
	}
	return &injectKnown{ctx: ctx, options: o, namespace: namespace, input: workload.NewInput(namespace),
		secrets: map[[2]string]workload.Secret{}, configMaps: map[[2]string]workload.ConfigMap{}}, nil
}

// readInput finds the Secrets and ConfigMaps of the input.
func (k *injectKnown) readInput(texts []*manifest.Text) error {
	for _, text := range texts {
		for n := range text.Len() {
			if err := k.readDocument(text.Document(n)); err != nil {
				return inDocument(text, n, err)
			}
		}
	}
	return nil
}

func (k *injectKnown) readDocument(text []byte) error {
	root, err := manifest.Decode(text)
	if err != nil {
		return err
	}
	objects, err := workload.Objects(root)
	if err != nil {
		return err
	}
	certain := false
	for _, object := range objects {
		if err := k.input.Add(object); err != nil {
			return err
		}
		certain = certain || object.IsWorkload()
	}
	if certain {
		return manifest.CheckObject(text)
	}
	return nil
}

// cluster connects, the first time that it is called.
func (k *injectKnown) cluster() (corev1client.CoreV1Interface, error) {
	if k.core != nil {
		return k.core, nil
	}
	_, core, _, err := k.options.globals.clusterClient()
	if err == nil {
		k.core = core
	}
	return core, err
}

// Secret asks the flags, the input and the cluster, in this order.
func (k *injectKnown) Secret(namespace, name string) (workload.Secret, error) {
	at := [2]string{namespace, name}
	if found, ok := k.secrets[at]; ok {
		return found, nil
	}
	chosen, isChosen := k.options.chosen[name]
	found, err := k.input.Secret(namespace, name)
	if err == nil && found.State == workload.Unknown && !k.options.offline {
		if found.State = workload.Elsewhere; k.asksIn(namespace) {
			found, err = k.secretOfCluster(namespace, name)
		}
	}
	switch {
	case chosen.plain && found.State == workload.Sealed:
		err = usagef("--plain-secrets names %s, which is sealed", name)
	case isChosen:
		found, err = chosen.in(found), nil
	}
	if k.failed = err; err != nil {
		return workload.Secret{}, err
	}
	k.secrets[at] = found
	return found, nil
}

// asksIn reports whether the cluster is asked in a namespace. A manifest must not choose where the user's rights are
// used.
func (k *injectKnown) asksIn(namespace string) bool { return namespace == k.namespace }

// SecretIfKnown asks the flags, the input and what the cluster has said.
func (k *injectKnown) SecretIfKnown(namespace, name string) workload.Secret {
	if found, ok := k.secrets[[2]string{namespace, name}]; ok {
		return found
	}
	found, err := k.input.Secret(namespace, name)
	if chosen, isChosen := k.options.chosen[name]; isChosen {
		return chosen.in(found)
	}
	if err != nil {
		return workload.Secret{}
	}
	return found
}

func (k *injectKnown) secretOfCluster(namespace, name string) (workload.Secret, error) {
	core, err := k.cluster()
	if err != nil {
		return workload.Secret{}, err
	}
	live, err := core.Secrets(namespace).Get(k.ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return workload.Secret{State: workload.Absent}, nil
	case err != nil:
		return workload.Secret{}, k.notAsked(fmt.Errorf("get secret %s/%s: %w", namespace, name, kube.Classify(err)),
			lookupSecretHint(name))
	}
	found, err := workload.SecretOf(live)
	if err != nil {
		return workload.Secret{}, fmt.Errorf("secret %s/%s: %w", namespace, name, err)
	}
	return found, nil
}

// notAsked adds what to do if the API server refuses to answer.
func (k *injectKnown) notAsked(err error, action string) error {
	if apierrors.IsForbidden(err) || errors.Is(err, kube.ErrUnreachable) {
		return withHint(err, action)
	}
	return err
}

// ConfigMap asks the input and the cluster.
func (k *injectKnown) ConfigMap(namespace, name string) (workload.ConfigMap, error) {
	at := [2]string{namespace, name}
	if found, ok := k.configMaps[at]; ok {
		return found, nil
	}
	found := k.input.ConfigMap(namespace, name)
	switch {
	case found.State != workload.Unknown || k.options.offline:
	case !k.asksIn(namespace):
		found.State = workload.Elsewhere
	default:
		if found, k.failed = k.configMapOfCluster(namespace, name); k.failed != nil {
			return found, k.failed
		}
	}
	k.configMaps[at] = found
	return found, nil
}

func (k *injectKnown) configMapOfCluster(namespace, name string) (found workload.ConfigMap, err error) {
	core, err := k.cluster()
	if err != nil {
		return found, err
	}
	live, err := core.ConfigMaps(namespace).Get(k.ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return workload.ConfigMap{State: workload.Absent}, nil
	case err != nil:
		return found, k.notAsked(fmt.Errorf("get configmap %s/%s: %w", namespace, name, kube.Classify(err)),
			lookupConfigMapHint())
	}
	return workload.ConfigMapOf(live), nil
}
