package manifest

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	kjson "sigs.k8s.io/json"
)

// item is a Secret of a document, or the reason why it cannot be read.
type item struct {
	object

	json   []byte     // the object
	node   *yaml.Node // nil: its place is not known
	secret *corev1.Secret
	err    error

	unnamed bool // err is only that it has no name
	unknown bool // it has fields that a Secret does not have, other than those of a patch, such as $patch
}

// read decodes the Secret. It does not return the decoder's errors, which may quote values.
func (i *item) read(strict bool) {
	secret := &corev1.Secret{}
	var unknown []error
	var err error
	if i.json, err = json.Marshal(i.fields); err == nil {
		unknown, err = kjson.UnmarshalStrict(i.json, secret)
	}
	i.unknown = slices.ContainsFunc(unknown, func(err error) bool { return !strings.Contains(err.Error(), "$") })
	if path, reason := fault(i.fields); reason != "" {
		i.fail(path, reason)
		return
	}
	_, isList := i.fields["items"].([]any)
	switch {
	case isList:
		i.fail([]string{"items"}, "it has items, and kubectl takes it for a list: write each Secret as a document of "+
			"its own")
		return
	case err != nil:
		i.err = i.about(nil, "it is not a well-formed Secret")
		return
	case strict && len(unknown) > 0:
		i.fail(unknownField(i.fields), "it has a field that a Secret does not have")
		return
	}
	mergeStringData(secret)
	i.secret = secret
}

// fail sets the error of the item, at a path of the Secret.
func (i *item) fail(path []string, reason string) {
	i.err = i.about(path, reason)
}

// about is an error at a place in the Secret. It shows only names that are valid in Kubernetes.
func (i *item) about(path []string, reason string) *Error {
	e := &Error{Reason: reason, Line: i.lineOf(path)}
	metadata, _ := i.fields["metadata"].(map[string]any)
	if name, _ := metadata["name"].(string); len(validation.IsDNS1123Subdomain(name)) == 0 {
		e.Secret = name
	}
	if len(path) == 2 && slices.Contains(fields(), path[0]) && len(validation.IsConfigMapKey(path[1])) == 0 {
		e.Entry = path[1]
	}
	return e
}

// lineOf is the line of the last name of a path that can be found.
func (i *item) lineOf(path []string) int {
	if i.node == nil {
		return 0
	}
	line, node := i.node.Line, i.node
	for _, name := range path {
		node = resolved(node)
		at := keyOf(node, name)
		if at < 0 {
			break
		}
		line, node = node.Content[at].Line, node.Content[at+1]
	}
	return line
}

// keyOf is the index of a name in the content of a mapping, before that of its value; -1: not found.
func keyOf(mapping *yaml.Node, name string) int {
	if mapping.Kind == yaml.MappingNode {
		for n := 0; n+1 < len(mapping.Content); n += 2 {
			if mapping.Content[n].Value == name {
				return n
			}
		}
	}
	return -1
}

// binary reports whether the value of an entry has the tag !!binary.
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

// fault finds an invalid value in a Secret, and its path. Without one the reason is empty.
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
		return "the value is not base64: it has blanks, as a folded block (>) adds them: use | or one line"
	}
	return "the value is not base64"
}

// unknownField is the path of an unknown field at the top level.
func unknownField(object map[string]any) []string {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains([]string{"apiVersion", "kind", "metadata", "type", "immutable", "data",
			"stringData"}, name) {
			return []string{name}
		}
	}
	return nil
}

// unknownPath is the path of an unknown field of an object that has one: of the top level, else of its metadata.
func unknownPath(object map[string]any) []string {
	if path := unknownField(object); path != nil {
		return path
	}
	return []string{"metadata"}
}

// mergeStringData moves stringData to data, as the API server does.
func mergeStringData(secret *corev1.Secret) {
	for name, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[name] = []byte(value)
	}
	secret.StringData = nil
}

// checkNamed refuses a Secret without a name.
func (i *item) checkNamed() error {
	if i.secret.Name == "" {
		return i.about(nil, "it has no name")
	}
	return nil
}

// checkNames refuses names that the API server refuses. Contexts and file names are made of them.
func (i *item) checkNames() error {
	switch s := i.secret; {
	case s.Name != "" && len(validation.IsDNS1123Subdomain(s.Name)) > 0:
		return i.about([]string{"metadata", "name"}, "its name is not valid for a Secret")
	case s.Namespace != "" && len(validation.IsDNS1123Label(s.Namespace)) > 0:
		return i.about([]string{"metadata", "namespace"}, "its namespace is not valid")
	}
	for _, entry := range slices.Sorted(maps.Keys(i.secret.Data)) {
		if len(validation.IsConfigMapKey(entry)) > 0 {
			return i.about([]string{"data", entry}, "the name of an entry is not valid: want letters, digits, '-', "+
				"'_' and '.'")
		}
	}
	return nil
}
