package document

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

const yamlIndent = 2

// editYAML changes the nodes of a document. Comments stay.
func editYAML(data []byte, change func(root *yaml.Node) error) ([]byte, error) {
	var top yaml.Node
	if yaml.Unmarshal(data, &top) != nil || len(top.Content) != 1 {
		return nil, errors.New("the document cannot be edited")
	}
	if err := change(top.Content[0]); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(yamlIndent)
	if encoder.Encode(&top) != nil || encoder.Close() != nil {
		return nil, errors.New("the document cannot be printed as YAML")
	}
	return out.Bytes(), nil
}

// yamlNode converts JSON text to a YAML node, in the style that ToYAML prints.
func yamlNode(text []byte) (*yaml.Node, error) {
	printed, err := ToYAML(text)
	if err != nil {
		return nil, err
	}
	var top yaml.Node
	if yaml.Unmarshal(printed, &top) != nil || len(top.Content) != 1 {
		return nil, errors.New("the value cannot be written as YAML")
	}
	return top.Content[0], nil
}

// nodeStep returns the index, in a node's content, of what a step of a path names, or -1 when the mapping has no such
// member.
func nodeStep(node *yaml.Node, part string) int {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == part {
				return i + 1
			}
		}
		return -1
	case yaml.SequenceNode:
		if n, err := strconv.Atoi(part); err == nil && n >= 0 && n <= len(node.Content) {
			return n
		}
	}
	return -1
}

// The text cannot be changed at a path alone.
var (
	ErrAlias      = errors.New("the path leads through an alias or a merged mapping")
	ErrOtherParts = errors.New("the change would affect other parts of the document")
)

// setNode puts a node at the path. The caller has checked the path against the document's values.
func setNode(node *yaml.Node, path Path, made *yaml.Node) error {
	if node.Kind != yaml.MappingNode && node.Kind != yaml.SequenceNode {
		return ErrAlias
	}
	at := nodeStep(node, path[0])
	if at < 0 {
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: path[0]})
		at = len(node.Content)
	}
	if at == len(node.Content) {
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.MappingNode})
	}
	if len(path) > 1 {
		return setNode(node.Content[at], path[1:], made)
	}
	was := node.Content[at]
	made.HeadComment, made.LineComment, made.FootComment = was.HeadComment, was.LineComment, was.FootComment
	node.Content[at] = made
	return nil
}

// unsetNode removes what the path leads to.
func unsetNode(node *yaml.Node, path Path) error {
	at := nodeStep(node, path[0])
	if at < 0 || at >= len(node.Content) { // the values had a member whose YAML key is written in another way
		return ErrAlias
	}
	if len(path) > 1 {
		return unsetNode(node.Content[at], path[1:])
	}
	if node.Kind == yaml.MappingNode {
		node.Content = slices.Delete(node.Content, at-1, at+1)
		return nil
	}
	node.Content = slices.Delete(node.Content, at, at+1)
	return nil
}

// commentsBelow are the comments inside the list or mapping at a path; empty if it is not there.
func commentsBelow(text []byte, path Path) string {
	var top yaml.Node
	if yaml.Unmarshal(text, &top) != nil || len(top.Content) != 1 {
		return ""
	}
	node := top.Content[0]
	for _, part := range path {
		at := nodeStep(node, part)
		if at < 0 || at >= len(node.Content) {
			return ""
		}
		node = node.Content[at]
	}
	return commentsIn(node.Content)
}

func commentsIn(nodes []*yaml.Node) string {
	all := ""
	for _, n := range nodes {
		all += n.HeadComment + n.LineComment + n.FootComment + commentsIn(n.Content)
	}
	return all
}
