package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is the object that a document is, or an item of a list in it.
type object struct {
	fields  map[string]any
	version string // apiVersion
	kind    string
	place   []int // indexes of the items that lead to it
}

// isSecret reports whether an object is a Secret by its apiVersion and kind.
func (o object) isSecret() bool { return o.version == "v1" && o.kind == "Secret" }

// isKubectlSecret reports whether kubectl creates a Secret from an object.
func (o object) isKubectlSecret() bool {
	return o.kind == "Secret" && strings.TrimPrefix(o.version, "/") == "v1"
}

// isList reports whether an object is a list that may have Secrets.
func (o object) isList() bool {
	return o.version == "v1" && (o.kind == "List" || o.kind == "SecretList")
}

var (
	errHead  = errors.New("apiVersion and kind are not text")
	errItems = errors.New("items is not a list of objects")
)

func inItem(n int, err error) error { return fmt.Errorf("item %d: %w", n+1, err) }

// inItems adds to an error the items that lead to the object.
func (o object) inItems(err error) error {
	for _, n := range slices.Backward(o.place) {
		err = inItem(n, err)
	}
	return err
}

// walk finds the objects of a document.
type walk struct {
	// asKubectl treats everything with items as a list, whatever its kind. An item without apiVersion and kind has
	// those of the list.
	asKubectl bool
}

// objects returns the objects of a document, with the items of each list in place of the list.
func (w walk) objects(document any) ([]object, error) { return w.below(document, object{}) }

// below returns the objects of a value. o has the apiVersion and kind that the value inherits.
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
		of := object{version: o.version, kind: strings.TrimSuffix(o.kind, "List"),
			place: append(slices.Clone(o.place), n)}
		objects, err := w.below(item, of)
		if err != nil {
			return nil, inItem(n, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}

// headed reads the apiVersion and kind of an object.
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

// nodeAt finds the YAML node of an object; nil: it cannot be found.
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
