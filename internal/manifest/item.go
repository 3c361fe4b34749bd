package manifest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	kjson "sigs.k8s.io/json"
)

// item is a Secret of a document: as JSON, where it stands, and what it is, or why it cannot be read.
type item struct {
	object []byte
	node   *yaml.Node // nil: its place is not known
	secret *corev1.Secret
	err    error
}

// itemsOf are the Secrets of a document, in order, whatever else it has, and the document as JSON. With strict a field
// that a Secret does not have is an error.
func itemsOf(text []byte, strict bool) ([]item, []byte, error) {
	if err := checkLines(text); err != nil {
		return nil, nil, err
	}
	object, err := objectOf(text)
	if err != nil {
		return nil, nil, err
	}
	objects, err := flattened(object)
	if err != nil || len(objects) == 0 {
		return nil, object, err
	}
	items := make([]item, len(objects))
	var nodes []*yaml.Node
	if root, err := treeOf(text); err == nil {
		nodes = nodesOf(root)
	}
	for n, object := range objects {
		items[n].object = object
		if len(nodes) == len(objects) {
			items[n].node = nodes[n]
		}
		items[n].read(strict)
	}
	sameAsKubectl(text, items)
	return items, object, nil
}

// read decodes the Secret. The decoder's own errors may quote what they have read.
func (i *item) read(strict bool) {
	secret := &corev1.Secret{}
	unknown, err := kjson.UnmarshalStrict(i.object, secret)
	var object map[string]any
	if json.Unmarshal(i.object, &object) != nil {
		err = errors.New("it is not an object")
	}
	if path, reason := fault(object); reason != "" {
		i.fail(path, reason)
		return
	}
	_, isList := object["items"].([]any)
	switch {
	case isList:
		i.fail([]string{"items"}, "it has items, and kubectl takes it for a list: write each Secret as a document of its own")
		return
	case err != nil:
		i.err = i.about(nil, "it is not a well-formed Secret")
		return
	case strict && len(unknown) > 0:
		i.fail(unknownField(object), "it has a field that a Secret does not have")
		return
	case secret.Name == "":
		i.err = i.about(nil, "it has no name")
		return
	}
	mergeStringData(secret)
	i.secret = secret
}

// fail says what is wrong at a path of the Secret.
func (i *item) fail(path []string, reason string) {
	i.err = i.about(path, reason)
}

// about names a place in the Secret, as far as names can be shown.
func (i *item) about(path []string, reason string) *Error {
	e := &Error{Reason: reason, Line: i.lineOf(path)}
	var known struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	if json.Unmarshal(i.object, &known) == nil && len(validation.IsDNS1123Subdomain(known.Metadata.Name)) == 0 {
		e.Secret = known.Metadata.Name
	}
	if len(path) == 2 && slices.Contains(fields(), path[0]) && len(validation.IsConfigMapKey(path[1])) == 0 {
		e.Entry = path[1]
	}
	return e
}

// lineOf is where the name of a path stands in its document, or the last one before it that can be found.
func (i *item) lineOf(path []string) int {
	if i.node == nil {
		return 0
	}
	line, node := i.node.Line, i.node
	for _, name := range path {
		node = resolved(node)
		at := slices.IndexFunc(node.Content, func(n *yaml.Node) bool { return n.Value == name })
		if node.Kind != yaml.MappingNode || at < 0 || at%2 != 0 || at+1 >= len(node.Content) {
			break
		}
		line, node = node.Content[at].Line, node.Content[at+1]
	}
	return line
}

// binary tells whether the value of an entry has the tag !!binary.
func (i item) binary(path []string) bool {
	node := i.node
	for _, name := range path {
		if node = resolved(node); node == nil {
			return false
		}
		node = member(node, name)
	}
	node = resolved(node)
	return node != nil && node.ShortTag() == "!!binary"
}

func resolved(node *yaml.Node) *yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// fault finds what is wrong with the values of a Secret, and where; no reason: nothing.
func fault(object map[string]any) (path []string, reason string) {
	for _, field := range []string{"data", "stringData"} {
		entries, ok := object[field].(map[string]any)
		if !ok && object[field] != nil {
			return []string{field}, field + " is not a mapping"
		}
		for _, name := range slices.Sorted(maps.Keys(entries)) {
			if reason := faultOfValue(field, entries[name]); reason != "" {
				return []string{field, name}, reason
			}
		}
	}
	metadata, _ := object["metadata"].(map[string]any)
	for _, field := range []string{"labels", "annotations"} {
		texts, _ := metadata[field].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			if _, ok := texts[name].(string); !ok && texts[name] != nil {
				return []string{"metadata", field, name}, "a value of " + field + " is not text: put it in quotes"
			}
		}
	}
	return nil, ""
}

func faultOfValue(field string, value any) string {
	text, ok := value.(string)
	switch {
	case value == nil:
		return ""
	case !ok && field == "data":
		return "the value is not text: want base64, in quotes"
	case !ok:
		return "the value is not text: put it in quotes"
	case field != "data":
		return ""
	}
	if _, err := base64.StdEncoding.DecodeString(text); err == nil {
		return ""
	}
	if _, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err == nil {
		return "the value is not base64: it has blanks in it, as a folded block (>) puts them: use | or one line"
	}
	return "the value is not base64"
}

// unknownField is the path of a field that a Secret does not have, where it stands at the top.
func unknownField(object map[string]any) []string {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains([]string{"apiVersion", "kind", "metadata", "type", "immutable", "data", "stringData"}, name) {
			return []string{name}
		}
	}
	return nil
}

// mergeStringData does what the API server does with stringData.
func mergeStringData(secret *corev1.Secret) {
	for name, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[name] = []byte(value)
	}
	secret.StringData = nil
}

// checkNames refuses names that the API server would: contexts and the names of files are made of them.
func (i *item) checkNames() error {
	switch s := i.secret; {
	case len(validation.IsDNS1123Subdomain(s.Name)) > 0:
		return i.about([]string{"metadata", "name"}, "its name is not valid for a Secret")
	case s.Namespace != "" && len(validation.IsDNS1123Label(s.Namespace)) > 0:
		return i.about([]string{"metadata", "namespace"}, "its namespace is not valid")
	}
	for _, entry := range slices.Sorted(maps.Keys(i.secret.Data)) {
		if len(validation.IsConfigMapKey(entry)) > 0 {
			return i.about([]string{"data", entry}, "the name of an entry is not valid: want letters, digits, '-', '_' and '.'")
		}
	}
	return nil
}

// flattened are the objects of kind Secret, those of lists in place of the list.
func flattened(object []byte) ([][]byte, error) {
	h, err := headOf(object)
	switch {
	case err != nil:
		return nil, err
	case h.APIVersion != "v1":
		return nil, nil
	case h.Kind == "Secret":
		return [][]byte{object}, nil
	case h.Kind != "List" && h.Kind != "SecretList":
		return nil, nil
	}
	var list struct {
		Items []rawObject `json:"items"`
	}
	if kjson.UnmarshalCaseSensitivePreserveInts(object, &list) != nil {
		return nil, errItems
	}
	var all [][]byte
	for n, one := range list.Items {
		below, err := flattened(one)
		if err != nil {
			return nil, inItem(n, err)
		}
		all = append(all, below...)
	}
	return all, nil
}

var errItems = errors.New("items is not a list of objects")

func inItem(n int, err error) error { return fmt.Errorf("item %d: %w", n+1, err) }

type rawObject []byte

func (r *rawObject) UnmarshalJSON(text []byte) error {
	*r = slices.Clone(text)
	return nil
}
