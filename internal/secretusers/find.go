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
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

const (
	// pageSize is how many objects one request asks for.
	pageSize = 500
	// metadataPageSize is smaller: an annotation may hold a copy of a whole CustomResourceDefinition.
	metadataPageSize = 50
	// atOnce is how many lists are requested at once.
	atOnce = 8
	// maxExpiries is how often in a row a list may expire between two pages.
	maxExpiries = 3
)

// Clients read a cluster's objects.
type Clients struct {
	Objects  dynamic.Interface
	Metadata dynamic.Interface // gets objects with nothing but their metadata
}

// list is one list to request.
type list struct {
	kind

	namespace string
	instead   []*list // to request if this one is refused
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

// Find lists what may use the Secrets of some namespaces; none: of all. Objects that may refer to Secrets of other
// namespaces are listed in all of them, or, if the user may not do that, in these ones. What the user may not list is
// in Found.Unread. A kind that the cluster does not have is skipped.
func Find(ctx context.Context, clients Clients, namespaces []string) (*Found, error) {
	lists := listsFor(namespaces)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, one := range lists {
		group.Go(func() error { return one.read(ctx, clients) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, one := range lists {
		lists = append(lists, one.instead...)
	}
	return found(lists), nil
}

// listsFor are the lists to request.
func listsFor(namespaces []string) (lists []*list) {
	for _, kind := range kinds() {
		var each []*list
		for _, namespace := range namespaces {
			each = append(each, &list{kind: kind, namespace: namespace})
		}
		switch {
		case kind.reach == ownNamespace && len(each) > 0:
			lists = append(lists, each...)
		case kind.reach == allNamespaces:
			lists = append(lists, &list{kind: kind, instead: each})
		default:
			lists = append(lists, &list{kind: kind})
		}
	}
	return lists
}

func found(lists []*list) *Found {
	all := &Found{users: map[sealed.Place]map[string]User{}}
	owners := ownersOf(lists)
	for _, one := range lists {
		if one.refused {
			all.Unread = append(all.Unread, Unread{Resource: one.GroupResource().String(), Namespace: one.namespace,
				InNamespace: one.reach != clusterWide && len(one.instead) == 0, InOthers: len(one.instead) > 0})
		}
		for n := range one.objects {
			for _, use := range one.objects[n].uses {
				all.add(use.secret, owners.label(&one.objects[n], use.secret.Namespace), use.where)
			}
		}
	}
	return all
}

// read requests a list, or those instead of it.
func (l *list) read(ctx context.Context, clients Clients) error {
	err := l.readPages(ctx, clients, l.GroupVersionResource)
	if apierrors.IsNotFound(err) && l.older != "" {
		err = l.readPages(ctx, clients, l.GroupResource().WithVersion(l.older))
	}
	switch {
	case apierrors.IsForbidden(err):
		l.refused = true
		for _, one := range l.instead {
			if err := one.read(ctx, clients); err != nil {
				return err
			}
		}
		return nil
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("list %s: %w", l.GroupResource(), kube.Classify(err))
	}
	return nil
}

// readPages requests the pages of a list. It begins again if the list expires.
func (l *list) readPages(ctx context.Context, clients Clients, resource schema.GroupVersionResource) error {
	options := metav1.ListOptions{Limit: pageSize}
	if l.metadata {
		options.Limit = metadataPageSize
	}
	for expired := 0; ; {
		objects, next, err := l.page(ctx, clients, resource, options)
		switch {
		case apierrors.IsResourceExpired(err) && options.Continue != "" && expired < maxExpiries:
			expired++
			options.Continue, l.objects = "", nil
			continue
		case err != nil:
			return err
		}
		l.objects = append(l.objects, objects...)
		if options.Continue = next; next == "" {
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
