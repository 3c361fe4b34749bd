package plugin

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/text"
	"k8s.io/client-go/util/jsonpath"
)

// Errors of a template that has been run are not passed on: they may quote the value.
var errTemplate = errors.New("the template does not fit the document")

// printJSONPath prints what a JSONPath expression, as kubectl takes it but for a range without an end, finds in a JSON
// value.
func printJSONPath(w io.Writer, expression string, value []byte) error {
	path, err := parseJSONPath(relaxed(expression))
	if err != nil {
		return usagef("-o jsonpath: %w", err)
	}
	return fill(w, path, value)
}

func parseJSONPath(text string) (path *jsonpath.JSONPath, err error) {
	parsed, err := jsonpath.Parse("output", text)
	if err != nil {
		return nil, err
	}
	if err := checkRanges(parsed.Root); err != nil {
		return nil, err
	}
	path = jsonpath.New("output").AllowMissingKeys(true)
	return path, path.Parse(text)
}

// checkRanges refuses a {range} without its {end}: client-go goes twice through what follows, so that it is printed
// twice, and with many of them without an end in sight.
func checkRanges(template *jsonpath.ListNode) error {
	open := 0
	for _, part := range template.Nodes {
		braces, ok := part.(*jsonpath.ListNode)
		if !ok {
			continue
		}
		rest := braces.Nodes
		if word, ok := first(rest).(*jsonpath.IdentifierNode); ok {
			rest = rest[1:]
			switch word.Name {
			case "range":
				open++
			case "end":
				open--
			}
		}
		switch {
		case open < 0:
			return errors.New("{end} without {range}")
		case holdsWord(rest):
			return errors.New("range and end must come first in their braces")
		}
	}
	if open > 0 {
		return errors.New("{range} without {end}")
	}
	return nil
}

func first(nodes []jsonpath.Node) jsonpath.Node {
	if len(nodes) == 0 {
		return nil
	}
	return nodes[0]
}

// holdsWord reports whether range or end is anywhere in there.
func holdsWord(nodes []jsonpath.Node) bool {
	return slices.ContainsFunc(nodes, func(node jsonpath.Node) bool {
		switch node := node.(type) {
		case *jsonpath.IdentifierNode:
			return node.Name == "range" || node.Name == "end"
		case *jsonpath.ListNode:
			return holdsWord(node.Nodes)
		case *jsonpath.FilterNode:
			return holdsWord(node.Left.Nodes) || holdsWord(node.Right.Nodes)
		case *jsonpath.UnionNode:
			return slices.ContainsFunc(node.Nodes, func(list *jsonpath.ListNode) bool { return holdsWord(list.Nodes) })
		}
		return false
	})
}

// executable is a template that has been parsed.
type executable interface {
	Execute(w io.Writer, data any) error
}

// fill prints a JSON value through a template: all of it or nothing.
func fill(w io.Writer, template executable, value []byte) error {
	data, err := decoded(value)
	if err != nil {
		return err
	}
	text, err := execute(template, data)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// execute turns a panic into an error too: client-go's JSONPath panics where an element that is null is indexed, and
// what a panic prints may quote the value.
func execute(template executable, data any) (text []byte, err error) {
	defer func() {
		if recover() != nil {
			text, err = nil, errTemplate
		}
	}()
	var buffer bytes.Buffer
	if template.Execute(&buffer, data) != nil {
		return nil, errTemplate
	}
	return buffer.Bytes(), nil
}

// relaxed adds the braces and the dot that kubectl lets one leave out.
func relaxed(expression string) string {
	if strings.Contains(expression, "{") {
		return expression
	}
	return "{." + strings.TrimPrefix(expression, ".") + "}"
}

// printGoTemplate prints a JSON value through a Go template, with the function base64decode as kubectl has it. The
// package is Go's text/template without calls of methods, which JSON values do not have. Go's own would make the linker
// keep every method of every type: a quarter of the binary.
func printGoTemplate(w io.Writer, text string, value []byte) error {
	parsed, err := template.New("output").Funcs(template.FuncMap{"base64decode": base64Decode}).Parse(text)
	if err != nil {
		return usagef("-o go-template: %w", err)
	}
	return fill(w, parsed, value)
}

func base64Decode(text string) (string, error) {
	plain, err := base64.StdEncoding.DecodeString(text)
	return string(plain), err
}

// decoded keeps numbers as they are written.
func decoded(value []byte) (data any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	if decoder.Decode(&data) != nil {
		return nil, errors.New("the document cannot be read as JSON")
	}
	return data, nil
}
