package engine

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"sync"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// fakeCluster keeps Secrets as an API server does: every write has a new
// resourceVersion, and one that carries an old one is a conflict.
type fakeCluster struct {
	mu       sync.Mutex
	secrets  map[string]*corev1.Secret // by namespace/name
	version  int
	requests []string // "VERB namespace/name"
	// before runs ahead of each request, without the lock; its error is the answer.
	before func(verb, object string) error
}

func newFakeCluster(secrets ...*corev1.Secret) *fakeCluster {
	c := &fakeCluster{secrets: map[string]*corev1.Secret{}}
	for _, secret := range secrets {
		c.put(secret)
	}
	return c
}

// put stores a Secret as another client would.
func (c *fakeCluster) put(secret *corev1.Secret) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store(secret.DeepCopy())
}

func (c *fakeCluster) store(secret *corev1.Secret) *corev1.Secret {
	c.version++
	secret.ResourceVersion = strconv.Itoa(c.version)
	if secret.UID == "" {
		secret.UID = types.UID("uid-" + secret.ResourceVersion)
	}
	c.secrets[secret.Namespace+"/"+secret.Name] = secret
	return secret.DeepCopy()
}

func (c *fakeCluster) get(object string) *corev1.Secret {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.secrets[object].DeepCopy()
}

// remove deletes a Secret as another client would.
func (c *fakeCluster) remove(object string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.secrets, object)
}

func (c *fakeCluster) count(verb string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, request := range c.requests {
		if len(request) > len(verb) && request[:len(verb)] == verb {
			n++
		}
	}
	return n
}

func (c *fakeCluster) Secrets(namespace string) corev1client.SecretInterface {
	return &fakeSecrets{cluster: c, namespace: namespace}
}

type fakeSecrets struct {
	corev1client.SecretInterface // what the engine does not use
	cluster                      *fakeCluster
	namespace                    string
}

var secretsResource = schema.GroupResource{Resource: "secrets"}

func (s *fakeSecrets) begin(verb, name string) error {
	c, object := s.cluster, s.namespace+"/"+name
	c.mu.Lock()
	c.requests = append(c.requests, verb+" "+object)
	c.mu.Unlock()
	if c.before != nil {
		return c.before(verb, object)
	}
	return nil
}

func (s *fakeSecrets) Get(_ context.Context, name string, _ metav1.GetOptions) (*corev1.Secret, error) {
	if err := s.begin("get", name); err != nil {
		return nil, err
	}
	if secret := s.cluster.get(s.namespace + "/" + name); secret != nil {
		return secret, nil
	}
	return nil, apierrors.NewNotFound(secretsResource, name)
}

func (s *fakeSecrets) List(_ context.Context, options metav1.ListOptions) (*corev1.SecretList, error) {
	if err := s.begin("list", options.Continue); err != nil {
		return nil, err
	}
	selector, err := labels.Parse(options.LabelSelector)
	if err != nil {
		return nil, err
	}
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	list := &corev1.SecretList{}
	for _, object := range slices.Sorted(maps.Keys(c.secrets)) {
		secret := c.secrets[object]
		if object <= options.Continue || s.namespace != "" && secret.Namespace != s.namespace ||
			!selector.Matches(labels.Set(secret.Labels)) {
			continue
		}
		if int64(len(list.Items)) == options.Limit {
			list.Continue = list.Items[len(list.Items)-1].Namespace + "/" + list.Items[len(list.Items)-1].Name
			break
		}
		list.Items = append(list.Items, *secret.DeepCopy())
	}
	return list, nil
}

func (s *fakeSecrets) Create(_ context.Context, secret *corev1.Secret,
	options metav1.CreateOptions) (*corev1.Secret, error) {
	if err := s.begin("create", secret.Name); err != nil {
		return nil, err
	}
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.secrets[s.namespace+"/"+secret.Name] != nil {
		return nil, apierrors.NewAlreadyExists(secretsResource, secret.Name)
	}
	if len(options.DryRun) > 0 {
		return secret.DeepCopy(), nil
	}
	return c.store(secret.DeepCopy()), nil
}

func (s *fakeSecrets) Patch(_ context.Context, name string, kind types.PatchType, patch []byte,
	options metav1.PatchOptions, _ ...string) (*corev1.Secret, error) {
	if err := s.begin("patch", name); err != nil {
		return nil, err
	}
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	live := c.secrets[s.namespace+"/"+name]
	if live == nil {
		return nil, apierrors.NewNotFound(secretsResource, name)
	}
	before, err := json.Marshal(live)
	if err != nil {
		return nil, err
	}
	text, err := patched(before, kind, patch)
	if err != nil {
		return nil, err
	}
	after := &corev1.Secret{}
	if err := json.Unmarshal(text, after); err != nil {
		return nil, err
	}
	if after.ResourceVersion != live.ResourceVersion {
		return nil, apierrors.NewConflict(secretsResource, name, nil)
	}
	if len(options.DryRun) > 0 {
		return after, nil
	}
	return c.store(after), nil
}

func patched(before []byte, kind types.PatchType, patch []byte) ([]byte, error) {
	if kind == types.StrategicMergePatchType {
		return strategicpatch.StrategicMergePatch(before, patch, corev1.Secret{})
	}
	return jsonpatch.MergePatch(before, patch)
}

func (s *fakeSecrets) Delete(_ context.Context, name string, options metav1.DeleteOptions) error {
	verb := "delete"
	if len(options.DryRun) > 0 {
		verb = "check-delete"
	}
	if err := s.begin(verb, name); err != nil {
		return err
	}
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	live, wanted := c.secrets[s.namespace+"/"+name], options.Preconditions
	switch {
	case live == nil:
		return apierrors.NewNotFound(secretsResource, name)
	case wanted == nil || *wanted.UID != live.UID || *wanted.ResourceVersion != live.ResourceVersion:
		return apierrors.NewConflict(secretsResource, name, nil)
	case len(options.DryRun) > 0:
	case len(live.Finalizers) > 0:
		if live.DeletionTimestamp == nil {
			now := metav1.Now()
			live.DeletionTimestamp = &now
			c.store(live)
		}
	default:
		delete(c.secrets, s.namespace+"/"+name)
	}
	return nil
}
