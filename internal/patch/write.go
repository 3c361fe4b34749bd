package patch

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// blockWriter writes values in block style.
type blockWriter struct {
	style

	in       *node
	noBlocks bool // no block scalars: the text has no end of line behind it
}

func (p place) blockWriter(in *node) *blockWriter { return &blockWriter{style: p.near(in), in: in} }

// item writes a whole item, without the indentation and the end of its first and last line.
func (w *blockWriter) item(c change, column int) string {
	if w.in.kind == list {
		return "-" + w.tail(c.value, "", column)
	}
	return w.member(c.at[len(c.at)-1].key, c.value, column)
}

func (w *blockWriter) member(name string, value any, column int) string {
	return document.YAMLString(name, false) + ":" + w.below(value, "", column, column+w.indent)
}

// tail writes a value behind a key or a dash in the column of the collection. A comment stays on that line.
func (w *blockWriter) tail(value any, comment string, column int) string {
	if w.in.kind == list {
		return w.behindDash(value, comment, column)
	}
	return w.below(value, comment, column, column+w.indent)
}

// below writes a value behind the colon of a key in a column.
func (w *blockWriter) below(value any, comment string, column, inner int) string {
	switch value := value.(type) {
	case Object:
		if len(value) > 0 {
			return comment + w.lineEnd + strings.Repeat(" ", inner) + w.members(value, inner)
		}
	case []any:
		if len(value) > 0 {
			inner = column + w.listIndent
			return comment + w.lineEnd + strings.Repeat(" ", inner) + w.elements(value, inner)
		}
	}
	return " " + w.leaf(value, comment, inner)
}

// behindDash writes a value behind a dash in a column.
func (w *blockWriter) behindDash(value any, comment string, column int) string {
	gap, inner := strings.Repeat(" ", w.dashColumns-1), column+w.dashColumns
	if comment != "" {
		gap = comment + w.lineEnd + strings.Repeat(" ", inner)
	}
	switch value := value.(type) {
	case Object:
		if len(value) > 0 {
			return gap + w.members(value, inner)
		}
	case []any:
		if len(value) > 0 {
			return gap + w.elements(value, inner)
		}
	}
	if comment != "" {
		gap = " "
	}
	return gap + w.leaf(value, comment, inner)
}

func (w *blockWriter) members(object Object, column int) string {
	lines := make([]string, len(object))
	for n, member := range object {
		lines[n] = w.member(member.Name, member.Value, column)
	}
	return strings.Join(lines, w.lineEnd+strings.Repeat(" ", column))
}

func (w *blockWriter) elements(items []any, column int) string {
	lines := make([]string, len(items))
	for n, item := range items {
		lines[n] = "-" + w.behindDash(item, "", column)
	}
	return strings.Join(lines, w.lineEnd+strings.Repeat(" ", column))
}

// leaf writes a scalar or an empty collection.
func (w *blockWriter) leaf(value any, comment string, column int) string {
	text, isText := value.(string)
	if isText && !w.noBlocks && document.FitsLiteral(text) && !strings.HasSuffix(text, "\n\n") {
		return w.literal(text, comment, column)
	}
	return flowWriter{style: w.style}.value(value) + comment
}

// quotedYAML writes a string on one line, in single quotes if double quotes need more escapes.
func quotedYAML(text string, inFlow bool) string {
	written := document.YAMLString(text, inFlow)
	if written != text && isASCII(text) && escapes(text) > strings.Count(text, "'") {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return written
}

// escapes is the number of characters that need a backslash in double quotes.
func escapes(text string) int { return strings.Count(text, `"`) + strings.Count(text, `\`) }

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(char rune) bool { return char < ' ' || char > '~' }) < 0
}

func (w *blockWriter) literal(text, comment string, column int) string {
	out := "|"
	if !strings.HasSuffix(text, "\n") {
		out += "-"
	}
	out += comment
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if out += w.lineEnd; line != "" {
			out += strings.Repeat(" ", column) + line
		}
	}
	return out
}

// flowWriter writes values in brackets.
type flowWriter struct {
	style

	inFlow bool   // it is in brackets
	json   bool   // of JSON
	quotes bool   // all strings and keys have double quotes, as in JSON
	multi  bool   // each item on a line of its own
	indent string // of the line on which the value begins
}

func (p place) flowWriter() flowWriter {
	w := flowWriter{style: p.style, inFlow: true, json: p.json, quotes: p.json}
	for n := p.in; n != nil && n.flow; n = n.above() {
		for _, i := range n.items {
			w.quotes = w.quotes || i.key != nil && i.key.quoted || i.key == nil && i.value.quoted
		}
	}
	if p.json && p.style.unit != "" {
		w.multi = len(p.in.items) == 0
		if len(p.in.items) > 0 {
			w.indent, w.multi = p.ownLine(p.in.items[0])
		}
	}
	return w
}

// item writes an item.
func (w flowWriter) item(c change) string {
	if last := c.at[len(c.at)-1]; last.index < 0 {
		return w.key(last.key) + w.colon + w.value(c.value)
	}
	return w.value(c.value)
}

func (w flowWriter) key(name string) string {
	if w.quotes {
		return w.quoted(name)
	}
	return document.YAMLString(name, true)
}

func (w flowWriter) value(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		if value {
			return "true"
		}
		return "false"
	case json.Number:
		if w.quotes {
			return value.String()
		}
		return document.YAMLNumber(value.String())
	case string:
		if w.quotes {
			return w.quoted(value)
		}
		return quotedYAML(value, w.inFlow)
	case []any:
		parts := make([]string, len(value))
		for n, item := range value {
			parts[n] = w.deeper().value(item)
		}
		return w.bracketed("[", parts, "]")
	case Object:
		parts := make([]string, len(value))
		for n, member := range value {
			parts[n] = w.key(member.Name) + w.colon + w.deeper().value(member.Value)
		}
		return w.bracketed("{", parts, "}")
	}
	return "" // ordered makes no others
}

// quoted writes a string in double quotes. JSON has other escapes than YAML, and YAML allows fewer characters.
func (w flowWriter) quoted(text string) string {
	if w.json {
		return quotedJSON(text)
	}
	return document.YAMLQuoted(text)
}

func (w flowWriter) deeper() flowWriter {
	w.indent += w.unit
	w.inFlow = true
	return w
}

func (w flowWriter) bracketed(open string, parts []string, ends string) string {
	if !w.multi || len(parts) == 0 {
		return open + strings.Join(parts, w.comma) + ends
	}
	line := w.lineEnd + w.indent
	return open + line + w.unit + strings.Join(parts, ","+line+w.unit) + line + ends
}

func quotedJSON(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(text) != nil { // it never fails for a string
		return `""`
	}
	return strings.TrimSuffix(out.String(), "\n")
}
