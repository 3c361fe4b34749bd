package secretusers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

const (
	// pageSize is how many objects one request asks for.
	pageSize = 500
	// atOnce is how many lists are requested at once.
	atOnce = 8
	// maxExpiries is how often in a row a list may expire between two pages.
	maxExpiries = 3
)

// list is one list to request.
type list struct {
	kind
	namespace string
	objects   []unstructured.Unstructured
	refused   bool
}

// Find lists what may use the Secrets of some namespaces; none: of all. A kind that the user may not list is in
// Found.Unread. A kind that the cluster does not have is skipped.
func Find(ctx context.Context, client dynamic.Interface, namespaces []string) (*Found, error) {
	if len(namespaces) == 0 {
		namespaces = []string{metav1.NamespaceAll}
	}
	var lists []*list
	for _, kind := range kinds() {
		if !kind.inNamespace {
			lists = append(lists, &list{kind: kind})
			continue
		}
		for _, namespace := range namespaces {
			lists = append(lists, &list{kind: kind, namespace: namespace})
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, one := range lists {
		group.Go(func() error { return one.read(ctx, client) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return found(lists), nil
}

func found(lists []*list) *Found {
	all := &Found{users: map[place]map[string]User{}}
	owners := ownersOf(lists)
	for _, one := range lists {
		if one.refused {
			all.Unread = append(all.Unread, Unread{Resource: one.GroupResource().String(), Namespace: one.namespace,
				InNamespace: one.inNamespace})
		}
		for n := range one.objects {
			object := &one.objects[n]
			for _, use := range slices.SortedFunc(slices.Values(one.uses(object)),
				func(a, b use) int { return strings.Compare(a.where, b.where) }) {
				all.add(use.secret, owners.label(one.kind, object, use.secret.namespace), use.where)
			}
		}
	}
	return all
}

// read requests the pages of a list. It begins again if the list expires.
func (l *list) read(ctx context.Context, client dynamic.Interface) error {
	options := metav1.ListOptions{Limit: pageSize}
	for expired := 0; ; {
		page, err := client.Resource(l.GroupVersionResource).Namespace(l.namespace).List(ctx, options)
		switch {
		case apierrors.IsForbidden(err):
			l.refused = true
			return nil
		case apierrors.IsNotFound(err):
			return nil
		case apierrors.IsResourceExpired(err) && options.Continue != "" && expired < maxExpiries:
			expired++
			options.Continue, l.objects = "", nil
			continue
		case err != nil:
			return fmt.Errorf("list %s: %w", l.GroupResource(), kube.Classify(err))
		}
		l.objects = append(l.objects, page.Items...)
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return nil
		}
	}
}

// owners are the controllers of objects, by the object's UID.
type owners map[string]owned

type owned struct {
	label      string
	namespace  string
	controller string // UID; empty: none
}

func ownersOf(lists []*list) owners {
	all := owners{}
	for _, one := range lists {
		for n := range one.objects {
			object := &one.objects[n]
			known := owned{label: one.label(object), namespace: object.GetNamespace()}
			if owner := metav1.GetControllerOf(object); owner != nil {
				known.controller = string(owner.UID)
			}
			all[string(object.GetUID())] = known
		}
	}
	return all
}

// label names an object, or what controls it, as far as that was listed in the same namespace: the Deployment, not its
// pods. It is for people: who may write an object can write its owners.
func (o owners) label(of kind, object *unstructured.Unstructured, namespace string) string {
	shown := of.label(object)
	known := o[string(object.GetUID())]
	for seen := []string{string(object.GetUID())}; !slices.Contains(seen, known.controller); {
		controller, listed := o[known.controller]
		if !listed || controller.namespace != object.GetNamespace() {
			break
		}
		seen = append(seen, known.controller)
		shown, known = controller.label, controller
	}
	if object.GetNamespace() != namespace && object.GetNamespace() != "" {
		return shown + " in namespace " + object.GetNamespace()
	}
	return shown
}

func (k kind) label(object *unstructured.Unstructured) string {
	return strings.ToLower(k.kind) + "/" + object.GetName()
}
