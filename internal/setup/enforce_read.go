package setup

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// enforcementReader fills an EnforcementView with concurrent reads.
type enforcementReader struct {
	view  *EnforcementView
	core  corev1client.CoreV1Interface
	group errgroup.Group
	mu    sync.Mutex
}

// namespace reads the label of one namespace.
func (r *enforcementReader) namespace(ctx context.Context, name string) {
	live, err := r.core.Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err == nil {
		r.labelled(live)
	}
}

// list reads the labels of all namespaces that have one.
func (r *enforcementReader) list(ctx context.Context) {
	options := metav1.ListOptions{LabelSelector: EnforceLabel(r.view.system), Limit: 500}
	for {
		page, err := r.core.Namespaces().List(ctx, options)
		if err != nil {
			return
		}
		for i := range page.Items {
			r.labelled(&page.Items[i])
		}
		if options.Continue = page.Continue; options.Continue == "" {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.view.listed = true
			return
		}
	}
}

func (r *enforcementReader) labelled(namespace *corev1.Namespace) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.labels[namespace.Name] = namespace.Labels[EnforceLabel(r.view.system)]
}

// policy reads the policy, and its bindings if it exists.
func (r *enforcementReader) policy(ctx context.Context) {
	name, policy := EnforcePolicy(r.view.system), &admissionv1.ValidatingAdmissionPolicy{}
	if !r.object(ctx, "validatingadmissionpolicies", name, policy) {
		return
	}
	r.view.policy = policy // only this goroutine writes it
	for _, mode := range []string{EnforceDeny, EnforceWarn} {
		r.group.Go(func() error {
			binding := &admissionv1.ValidatingAdmissionPolicyBinding{}
			if r.object(ctx, "validatingadmissionpolicybindings", name+"-"+mode, binding) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.view.bindings[mode] = binding
			}
			return nil
		})
	}
}

// object reads an object that may not exist, and notes if it cannot be read.
func (r *enforcementReader) object(ctx context.Context, resource, name string, into runtime.Object) bool {
	err := r.core.RESTClient().Get().AbsPath("/apis/"+admissionv1.SchemeGroupVersion.String(), resource,
		name).Do(ctx).Into(into)
	if err != nil && !apierrors.IsNotFound(err) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.view.unread[name] = true
	}
	return err == nil
}
