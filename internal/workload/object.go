package workload

import (
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

// Object is the object of a document, or an item of a list.
type Object struct {
	Fields        map[string]any
	Version, Kind string     // of apiVersion and kind
	At            patch.Path // in the document
	Place         []int      // the indexes of the items of lists that lead to it

	before Pinned // what an earlier inject pinned
}

// maxLists limits how deep lists nest in lists.
const maxLists = 16

// Objects returns the objects of a decoded document, with the items of each list in place of the list. A document that
// is not a Kubernetes object is an *Error.
func Objects(root any) ([]Object, error) {
	fields, ok := root.(map[string]any)
	if !ok {
		return nil, &Error{Kind: NotAManifest, Reason: "it is not a manifest: want a mapping with apiVersion and kind"}
	}
	if version, kind := text(fields["apiVersion"]), text(fields["kind"]); version == "" || kind == "" {
		return nil, &Error{Kind: NotAManifest,
			Reason: "it is not a manifest: apiVersion or kind is missing, or not text"}
	}
	return below(Object{Fields: fields}, 0)
}

// below returns the objects below an object, whose version and kind are those that it inherits from its list.
func below(o Object, depth int) ([]Object, error) {
	if version, kind := text(o.Fields["apiVersion"]), text(o.Fields["kind"]); version != "" || kind != "" {
		o.Version, o.Kind = version, kind
	}
	if !o.isList() {
		return []Object{o}, nil
	}
	if depth == maxLists {
		return nil, &Error{Kind: NotAManifest, Place: o.Place, Reason: "lists nest too deep"}
	}
	items, ok := o.Fields["items"].([]any)
	if !ok && o.Fields["items"] != nil {
		return nil, &Error{Kind: NotAManifest, Place: o.Place, Reason: "items is not a list"}
	}
	var all []Object
	for n, item := range items {
		at, place := o.At.With(key("items"), index(n)), append(slices.Clone(o.Place), n)
		fields, ok := item.(map[string]any)
		if !ok {
			return nil, &Error{Kind: NotAManifest, Place: place, Reason: "an item of the list is not a mapping"}
		}
		inherited := Object{Fields: fields, At: at, Place: place, Version: o.Version,
			Kind: strings.TrimSuffix(o.Kind, "List")}
		if o.Kind == "List" || o.Kind == resourceList {
			inherited.Version, inherited.Kind = "", ""
		}
		objects, err := below(inherited, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

// resourceList is the input and output of a KRM function.
const resourceList = "ResourceList"

// isList reports whether an object is a list that may have workloads: a List, a list of one kind of workload, or the
// ResourceList of a KRM function.
func (o Object) isList() bool {
	group, _, _ := strings.Cut(o.Version, "/")
	switch o.Kind {
	case "List":
		return o.Version == "v1"
	case resourceList:
		return group == "config.kubernetes.io"
	}
	kind, ok := strings.CutSuffix(o.Kind, "List")
	return ok && (Object{Version: o.Version, Kind: kind}).templatePath() != nil
}

func text(value any) string {
	text, _ := value.(string)
	return text
}

func (o Object) metadata() map[string]any {
	metadata, _ := o.Fields["metadata"].(map[string]any)
	return metadata
}

// Name returns metadata.name; empty: it has none.
func (o Object) Name() string { return text(o.metadata()["name"]) }

// Namespace returns metadata.namespace; empty: the manifest has none.
func (o Object) Namespace() string { return text(o.metadata()["namespace"]) }

// String returns the kind and the name, as kubectl writes them. Control characters are escaped.
func (o Object) String() string {
	name := o.Name()
	if name == "" {
		name = text(o.metadata()["generateName"]) // of Jobs and Pods
	}
	return printable.Line(strings.ToLower(o.Kind) + "/" + name)
}

func key(name string) patch.Step { return patch.Key(name) }
func index(n int) patch.Step     { return patch.Index(n) }
