package document

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

const quotedStyle = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// scalar resolves a scalar as the YAML library does: 0x1f, 0o17, 017 and 1_000 are numbers; yes, on and 1:30 are
// strings. Unlike in the library, no decimal number passes through a floating point type.
func scalar(node *yaml.Node) (*value, error) {
	switch node.ShortTag() {
	case "!!str":
		return plainString(node), nil
	case "!!timestamp", "!!merge":
		return &value{kind: kindString, text: node.Value}, nil
	case "!!binary":
		return binary(node)
	case "!!null", "!!bool":
		return decoded(node)
	case "!!int":
		text := strings.ReplaceAll(node.Value, "_", "")
		if digits := strings.TrimLeft(text, "+-"); len(digits) == 1 || !strings.HasPrefix(digits, "0") {
			if literal, ok := jsonNumber(text); ok && !strings.ContainsAny(literal, ".eE") {
				return &value{kind: kindNumber, text: literal}, nil
			}
		}
		return decoded(node)
	case "!!float":
		if literal, ok := jsonNumber(strings.ReplaceAll(node.Value, "_", "")); ok {
			return &value{kind: kindNumber, text: literal}, nil
		}
		return decoded(node)
	default:
		return nil, yamlError(node, reasonTag)
	}
}

// plainString reads a string, or a number that the library takes for a string because it is outside the range of a
// float64.
func plainString(node *yaml.Node) *value {
	if node.Style&(quotedStyle|yaml.TaggedStyle) == 0 {
		if literal, ok := jsonNumber(node.Value); ok {
			return &value{kind: kindNumber, text: literal}
		}
	}
	return &value{kind: kindString, text: node.Value}
}

// binary returns the base64 text without the line breaks that YAML allows in it.
func binary(node *yaml.Node) (*value, error) {
	text := strings.Join(strings.Fields(node.Value), "")
	if _, err := base64.StdEncoding.DecodeString(text); err != nil {
		return nil, yamlError(node, reasonBase64)
	}
	return &value{kind: kindString, text: text}, nil
}

// decoded lets the library resolve a null, a boolean or a number in one of YAML's own notations.
func decoded(node *yaml.Node) (*value, error) {
	var decoded any
	if err := node.Decode(&decoded); err != nil {
		return nil, yamlError(node, reasonFits)
	}
	switch decoded := decoded.(type) {
	case nil:
		return &value{kind: kindNull, text: "null"}, nil
	case bool:
		return &value{kind: kindBool, text: fmt.Sprint(decoded)}, nil
	case int, int64, uint64:
		return &value{kind: kindNumber, text: fmt.Sprint(decoded)}, nil
	case float64:
		if math.IsInf(decoded, 0) || math.IsNaN(decoded) {
			return nil, yamlError(node, reasonFinite)
		}
		// Only numbers that are not decimal reach this, such as !!float 0x1f.
		return &value{kind: kindNumber, text: strconv.FormatFloat(decoded, 'g', -1, 64)}, nil
	default:
		return nil, yamlError(node, reasonFits)
	}
}

var yamlNumber = lazyregexp.New(`^([-+]?)([0-9]*)(?:\.([0-9]*))?([eE][-+]?[0-9]+)?$`)

// jsonNumber converts a decimal number of YAML to JSON's notation without loss.
func jsonNumber(text string) (literal string, ok bool) {
	match := yamlNumber().FindStringSubmatch(text)
	if match == nil || match[2] == "" && match[3] == "" {
		return "", false
	}
	literal = strings.TrimLeft(match[2], "0")
	if literal == "" {
		literal = "0"
	}
	if match[3] != "" {
		literal += "." + match[3]
	}
	if match[1] == "-" {
		literal = "-" + literal
	}
	return literal + match[4], true
}
