package document

import (
	"go.yaml.in/yaml/v3"
)

// maxAliases limits what aliases add to a document: bytes of text, plus nodeCost for each node. reasonAliases contains
// the number.
const (
	maxAliases = 4 << 20
	nodeCost   = 16
)

// yamlReader converts nodes to values and resolves aliases and merge keys.
type yamlReader struct {
	// aliased counts the aliases on the way to the current node. Nodes below an alias are charged to the budget.
	aliased int
	budget  int
	// open holds the anchored nodes on the way to the current node.
	open map[*yaml.Node]bool
}

// value reads a node that is nested in depth sequences and mappings.
func (r *yamlReader) value(node *yaml.Node, depth int) (*value, error) {
	if node.Kind == yaml.AliasNode {
		return r.alias(node, depth)
	}
	if r.aliased > 0 {
		if r.budget -= nodeCost + len(node.Value); r.budget < 0 {
			return nil, yamlError(node, reasonAliases)
		}
	}
	if node.Kind == yaml.ScalarNode {
		return scalar(node)
	}
	if depth++; depth > maxDepth {
		return nil, yamlError(node, reasonDeep)
	}
	if node.Anchor != "" {
		r.open[node] = true
		defer delete(r.open, node)
	}
	if node.Kind == yaml.MappingNode {
		return r.mapping(node, depth)
	}
	return r.sequence(node, depth)
}

func (r *yamlReader) alias(node *yaml.Node, depth int) (*value, error) {
	if node.Alias == nil || r.open[node.Alias] {
		return nil, yamlError(node, reasonCycle)
	}
	r.aliased++
	defer func() { r.aliased-- }()
	return r.value(node.Alias, depth)
}

func (r *yamlReader) sequence(node *yaml.Node, depth int) (*value, error) {
	if node.Kind != yaml.SequenceNode || node.ShortTag() != "!!seq" {
		return nil, yamlError(node, reasonTag)
	}
	array := &value{kind: kindArray, items: make([]*value, len(node.Content))}
	for i, child := range node.Content {
		item, err := r.value(child, depth)
		if err != nil {
			return nil, err
		}
		array.items[i] = item
	}
	return array, nil
}

// mapping reads the members in order. Merged members take the place of the merge key. A mapping's own members override
// merged ones, and earlier merged mappings override later ones.
func (r *yamlReader) mapping(node *yaml.Node, depth int) (*value, error) {
	if node.ShortTag() != "!!map" {
		return nil, yamlError(node, reasonTag)
	}
	names, taken, err := r.keys(node)
	if err != nil {
		return nil, err
	}
	object := &value{kind: kindObject}
	for i, name := range names {
		child := node.Content[2*i+1]
		if isMerge(node.Content[2*i]) {
			if err := r.merge(object, taken, child, depth); err != nil {
				return nil, err
			}
			continue
		}
		item, err := r.value(child, depth)
		if err != nil {
			return nil, err
		}
		object.names = append(object.names, name)
		object.items = append(object.items, item)
	}
	return object, nil
}

// keys returns the names of a mapping's own members, in order and as a set. A merge key has an empty name in the order.
// Keys that differ in YAML but not in JSON, such as 1 and "1", are duplicates.
func (r *yamlReader) keys(node *yaml.Node) ([]string, map[string]bool, error) {
	names := make([]string, len(node.Content)/2)
	taken := make(map[string]bool, len(names))
	merged := false
	for i := range names {
		key := node.Content[2*i]
		if isMerge(key) {
			if merged {
				return nil, nil, yamlError(key, reasonDuplicate)
			}
			merged = true
			continue
		}
		name, err := r.key(key)
		if err != nil {
			return nil, nil, err
		}
		if taken[name] {
			return nil, nil, yamlError(key, reasonDuplicate)
		}
		taken[name] = true
		names[i] = name
	}
	return names, taken, nil
}

// key reads a scalar, or an alias to a scalar, as a name.
func (r *yamlReader) key(node *yaml.Node) (string, error) {
	target := node
	if node.Alias != nil {
		target = node.Alias
	}
	if target.Kind != yaml.ScalarNode {
		return "", yamlError(node, reasonKey)
	}
	name, err := r.value(node, 0)
	if err != nil {
		return "", err
	}
	if name.kind == kindNull {
		return "", yamlError(node, reasonKey)
	}
	return name.text, nil
}

func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge"
}

// merge adds the members of merged mappings, except those whose names are taken.
func (r *yamlReader) merge(object *value, taken map[string]bool, node *yaml.Node, depth int) error {
	// Merging counts as nesting. That limits a chain of merges.
	merged, err := r.value(node, depth)
	if err != nil {
		return err
	}
	sources := []*value{merged}
	if merged.kind == kindArray {
		sources = merged.items
	}
	for _, source := range sources {
		if source.kind != kindObject {
			return yamlError(node, reasonMerge)
		}
		for i, name := range source.names {
			if !taken[name] {
				taken[name] = true
				object.names = append(object.names, name)
				object.items = append(object.items, source.items[i])
			}
		}
	}
	return nil
}
