package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is an object of a document: the document itself, or an item of a list in it.
type object struct {
	fields  map[string]any
	version string // apiVersion
	kind    string
	place   []int // the numbers of the items that lead to it
}

// isSecret tells whether an object says that it is a Secret.
func (o object) isSecret() bool { return o.version == "v1" && o.kind == "Secret" }

// isKubectlSecret is isSecret as kubectl reads it.
func (o object) isKubectlSecret() bool {
	return o.kind == "Secret" && strings.TrimPrefix(o.version, "/") == "v1"
}

// isList tells whether an object says that it lists Secrets, or anything.
func (o object) isList() bool {
	return o.version == "v1" && (o.kind == "List" || o.kind == "SecretList")
}

var (
	errHead  = errors.New("apiVersion and kind are not text")
	errItems = errors.New("items is not a list of objects")
)

func inItem(n int, err error) error { return fmt.Errorf("item %d: %w", n+1, err) }

// inItems says in which items of the document's lists an error is.
func (o object) inItems(err error) error {
	for _, n := range slices.Backward(o.place) {
		err = inItem(n, err)
	}
	return err
}

// walk says which objects are lists.
type walk struct {
	// asKubectl takes everything with items for a list, whatever its kind. An item that says neither its apiVersion
	// nor its kind is what the list says.
	asKubectl bool
}

// objects are the objects of a document, the items of each list in place of the list.
func (w walk) objects(document any) ([]object, error) { return w.below(document, object{}) }

// below are the objects of a value, of which the list above it may say what it is.
func (w walk) below(value any, o object) ([]object, error) {
	if _, isObject := value.(map[string]any); w.asKubectl && !isObject {
		return nil, nil
	}
	o, err := w.headed(value, o)
	if err != nil {
		return nil, err
	}
	items, found := o.fields["items"].([]any)
	switch {
	case w.asKubectl && !found, !w.asKubectl && !o.isList():
		return []object{o}, nil
	case !found && o.fields["items"] != nil:
		return nil, errItems
	}
	var all []object
	for n, item := range items {
		of := object{version: o.version, kind: strings.TrimSuffix(o.kind, "List"), place: append(slices.Clone(o.place), n)}
		objects, err := w.below(item, of)
		if err != nil {
			return nil, inItem(n, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}

// headed is an object with its apiVersion and kind.
func (w walk) headed(value any, o object) (object, error) {
	fields, isObject := value.(map[string]any)
	version, isVersion := fields["apiVersion"].(string)
	kind, isKind := fields["kind"].(string)
	o.fields = fields
	if !w.asKubectl || version != "" || kind != "" {
		o.version, o.kind = version, kind
	}
	wrong := !isObject && value != nil || !isVersion && fields["apiVersion"] != nil || !isKind && fields["kind"] != nil
	if wrong && !w.asKubectl {
		return o, errHead
	}
	return o, nil
}

// nodeAt is the node of an object in the tree of its document; nil: it cannot be found.
func nodeAt(root *yaml.Node, place []int) *yaml.Node {
	for root.Kind == yaml.DocumentNode {
		root = root.Content[0]
	}
	node := resolved(root)
	for _, n := range place {
		items := resolved(member(node, "items"))
		if items == nil || items.Kind != yaml.SequenceNode || n >= len(items.Content) {
			return nil
		}
		node = resolved(items.Content[n])
	}
	return node
}
