package document

import "strings"

// ToYAML prints any JSON value as YAML in block style, in the order of the JSON text. It quotes strings that a parser
// could read as another type, and prints a string of several lines as a literal block if the block holds exactly that
// string. Numbers keep their value: an exponent is written in a form that YAML 1.1 also accepts, 1e3 as 1.0e+3. A
// parser of YAML 1.1 or 1.2 reads back the same value.
func ToYAML(json []byte) ([]byte, error) {
	root, err := readJSON(json)
	if err != nil {
		return nil, err
	}
	p := yamlPrinter{out: make([]byte, 0, len(json)+len(json)/4)}
	switch {
	case root.isLeaf():
		p.leaf(root, 0)
	case root.kind == kindArray:
		p.elements(root, 0)
	default:
		p.members(root, 0)
	}
	return p.out, nil
}

const (
	// maxIndent is the indentation from which values are printed in brackets on one line. In block style, indentation
	// makes the output quadratic in depth.
	maxIndent = 128
	// maxSimpleKey is below the 1,024 characters that YAML allows for a key without a question mark.
	maxSimpleKey = 1000
)

type yamlPrinter struct {
	out []byte
}

func (v *value) isLeaf() bool { return len(v.items) == 0 }

func (p *yamlPrinter) pad(indent int) {
	p.out = append(p.out, strings.Repeat(" ", indent)...)
}

// members prints an object. Its first line is already indented.
func (p *yamlPrinter) members(object *value, indent int) {
	for i, item := range object.items {
		if i > 0 {
			p.pad(indent)
		}
		key := yamlString(object.names[i])
		if len(key) <= maxSimpleKey {
			p.out = append(append(p.out, key...), ':')
			p.afterKey(item, indent)
			continue
		}
		p.out = append(append(append(p.out, "? "...), key...), '\n')
		p.pad(indent)
		p.out = append(p.out, ':')
		p.afterIndicator(item, indent)
	}
}

// elements prints an array. Its first line is already indented.
func (p *yamlPrinter) elements(array *value, indent int) {
	for i, item := range array.items {
		if i > 0 {
			p.pad(indent)
		}
		p.out = append(p.out, '-')
		p.afterIndicator(item, indent)
	}
}

// afterKey prints a member's value. A sequence is not indented further than its key.
func (p *yamlPrinter) afterKey(v *value, indent int) {
	if v.isLeaf() || indent >= maxIndent {
		p.afterIndicator(v, indent)
		return
	}
	p.out = append(p.out, '\n')
	if v.kind == kindArray {
		p.pad(indent)
		p.elements(v, indent)
		return
	}
	p.pad(indent + 2)
	p.members(v, indent+2)
}

// afterIndicator prints a value on the line of its indicator.
func (p *yamlPrinter) afterIndicator(v *value, indent int) {
	p.out = append(p.out, ' ')
	switch {
	case v.isLeaf():
		p.leaf(v, indent+2)
	case indent >= maxIndent:
		p.flow(v)
		p.out = append(p.out, '\n')
	case v.kind == kindArray:
		p.elements(v, indent+2)
	default:
		p.members(v, indent+2)
	}
}

// leaf prints a scalar or an empty collection and ends the line.
func (p *yamlPrinter) leaf(v *value, indent int) {
	if v.kind == kindString && fitsBlock(v.text) {
		p.literal(v.text, max(indent, 2))
		return
	}
	switch v.kind {
	case kindString:
		p.out = append(p.out, yamlString(v.text)...)
	default:
		p.flow(v)
	}
	p.out = append(p.out, '\n')
}

// literal prints a text of several lines as a literal block.
func (p *yamlPrinter) literal(text string, indent int) {
	body := strings.TrimRight(text, "\n")
	switch len(text) - len(body) {
	case 0:
		p.out = append(p.out, "|-\n"...)
	case 1:
		p.out = append(p.out, "|\n"...)
	default:
		p.out = append(p.out, "|+\n"...)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if line != "" {
			p.pad(indent)
		}
		p.out = append(append(p.out, line...), '\n')
	}
}

// flow prints a value on one line, with brackets and quotes.
func (p *yamlPrinter) flow(v *value) {
	switch v.kind {
	case kindArray, kindObject:
	case kindString:
		p.out = append(p.out, doubleQuoted(v.text)...)
		return
	case kindNumber:
		p.out = append(p.out, yamlFloat(v.text)...)
		return
	default:
		p.out = append(p.out, v.text...)
		return
	}
	brackets := "[]"
	if v.kind == kindObject {
		brackets = "{}"
	}
	p.out = append(p.out, brackets[0])
	for i, item := range v.items {
		if i > 0 {
			p.out = append(p.out, ", "...)
		}
		if v.kind == kindObject {
			p.flowKey(v.names[i])
		}
		p.flow(item)
	}
	p.out = append(p.out, brackets[1])
}

func (p *yamlPrinter) flowKey(name string) {
	key := doubleQuoted(name)
	if len(key) > maxSimpleKey {
		p.out = append(p.out, "? "...)
	}
	p.out = append(append(p.out, key...), ": "...)
}
