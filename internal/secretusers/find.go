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
	"k8s.io/apimachinery/pkg/types"
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
	objects   []listed
	refused   bool
}

// listed is what is kept of an object, so that the pods of a large cluster fit into memory.
type listed struct {
	label      string // KIND/NAME
	uid        types.UID
	namespace  string
	controller types.UID // empty: none
	uses       []use     // sorted by where
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
			for _, use := range one.objects[n].uses {
				all.add(use.secret, owners.label(&one.objects[n], use.secret.namespace), use.where)
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
		for n := range page.Items {
			l.objects = append(l.objects, l.listed(&page.Items[n]))
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return nil
		}
	}
}

// listed is what is kept of an object.
func (k kind) listed(object *unstructured.Unstructured) listed {
	kept := listed{label: strings.ToLower(k.kind) + "/" + object.GetName(), uid: object.GetUID(),
		namespace: object.GetNamespace(), uses: k.uses(object)}
	if owner := metav1.GetControllerOf(object); owner != nil {
		kept.controller = owner.UID
	}
	slices.SortStableFunc(kept.uses, func(a, b use) int { return strings.Compare(a.where, b.where) })
	return kept
}

// owners are the listed objects.
type owners map[types.UID]*listed

func ownersOf(lists []*list) owners {
	all := owners{}
	for _, one := range lists {
		for n := range one.objects {
			all[one.objects[n].uid] = &one.objects[n]
		}
	}
	return all
}

// label names an object, or what controls it, as far as that was listed in the same namespace: the Deployment, not its
// pods. It is for people: anyone who can write an object can write its owners.
func (o owners) label(object *listed, namespace string) string {
	shown := object
	for seen := []types.UID{object.uid}; !slices.Contains(seen, shown.controller); {
		controller, found := o[shown.controller]
		if !found || controller.namespace != object.namespace {
			break
		}
		seen = append(seen, controller.uid)
		shown = controller
	}
	if object.namespace != namespace && object.namespace != "" {
		return shown.label + " in namespace " + object.namespace
	}
	return shown.label
}
