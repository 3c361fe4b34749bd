package styled

import (
	"strconv"
	"strings"
)

func (w *Writer) write(text string) { w.out.WriteString(text) }

func (w *Writer) pad(column int) { w.write(strings.Repeat(" ", column)) }

// between writes comments and blank lines before an item.
func (w *Writer) between(column int) {
	for w.comments && w.chance(4) {
		switch w.IntN(3) {
		case 0:
			w.write("\n")
		case 1:
			w.pad(column)
			w.write("# comment: [x\n")
		case 2:
			w.pad(w.IntN(8))
			w.write("#other\n")
		}
	}
}

func (w *Writer) lineEnd() {
	if w.comments && w.chance(4) {
		w.write(w.oneOf(" # c", "   # it's: 'x", " "))
	}
	w.write("\n")
}

// members writes a mapping. Its first line is already indented.
func (w *Writer) members(members object, column int) {
	for n, member := range members {
		if n > 0 {
			w.between(column)
			w.pad(column)
		}
		if w.chance(30) {
			w.write("? " + w.scalar(member.name, false) + "\n")
			w.pad(column)
			w.write(":")
		} else {
			w.write(w.scalar(member.name, false) + w.oneOf("", "", "", " ") + ":")
		}
		w.below(member.value, column)
	}
}

// below writes a value behind a colon.
func (w *Writer) below(value any, column int) {
	w.writeProperties(value)
	inner := column + w.indent
	if _, isList := value.([]any); isList {
		inner = column + w.listIndent
	}
	if !w.inBlock(value) {
		w.leaf(value, column)
		return
	}
	w.lineEnd()
	w.between(inner)
	w.pad(inner)
	w.collection(value, inner)
}

// inBlock decides whether a value is a collection in block style.
func (w *Writer) inBlock(value any) bool {
	members, _ := value.(object)
	items, _ := value.([]any)
	return len(members)+len(items) > 0 && !w.chance(6)
}

// collection writes a mapping or a list in block style. Its first line is already indented.
func (w *Writer) collection(value any, column int) {
	if members, isObject := value.(object); isObject {
		w.members(members, column)
		return
	}
	items, _ := value.([]any)
	for n, item := range items {
		if n > 0 {
			w.between(column)
			w.pad(column)
		}
		w.write("-")
		inner := column + w.dash
		_, isObject := item.(object)
		switch {
		case !w.inBlock(item):
			w.leaf(item, column)
			continue
		case isObject && w.chance(8):
			w.lineEnd()
			w.between(inner)
			w.pad(inner)
		default:
			w.pad(w.dash - 1)
		}
		w.collection(item, inner)
	}
}

// writeProperties writes a tag or an anchor.
func (w *Writer) writeProperties(value any) {
	if !w.properties || !w.chance(6) {
		return
	}
	switch value.(type) {
	case object:
		w.write(w.oneOf(" !!map", " &m1", " &m2 !!map"))
	case []any:
		w.write(w.oneOf(" !!seq", " &s1", " !!seq &s2"))
	case string:
		w.write(w.oneOf(" !!str", " &t1", " !!str &t2"))
	}
}

// leaf writes a scalar or a value in brackets behind a colon or a dash.
func (w *Writer) leaf(value any, column int) {
	text, isText := value.(string)
	first, second, isTwo := strings.Cut(text, " ")
	switch {
	case value == nil && w.chance(2):
	case isText && strings.Contains(text, "\n") && strings.Trim(text, "\n") != "" && isPrintable(text) && w.chance(2):
		w.literal(text, column)
		return
	case isTwo && isPlain(text) && !strings.Contains(second, " ") && w.chance(3):
		w.twoLines(first, second, strings.Repeat(" ", column+2))
		return
	default:
		w.write(" " + w.flow(value, column+2, true))
	}
	w.lineEnd()
}

// twoLines writes two words on two lines.
func (w *Writer) twoLines(first, second, indent string) {
	if w.chance(3) {
		w.write(" >-\n" + indent + first + "\n" + indent + second + "\n")
		return
	}
	quote := w.oneOf("", "'", `"`)
	if strings.ContainsAny(first+second, `'"\`) {
		quote = ""
	}
	w.write(" " + quote + first + "\n" + indent + second + quote)
	w.lineEnd()
}

// literal writes a text of several lines as a block.
func (w *Writer) literal(text string, column int) {
	body := strings.TrimRight(text, "\n")
	by := 1 + w.IntN(4)
	w.write(" |")
	if strings.ContainsAny(body[:1], " \n") || w.chance(5) {
		w.write(strconv.Itoa(by))
	}
	switch len(text) - len(body) {
	case 0:
		w.write("-")
	case 1:
	default:
		w.write("+")
	}
	if w.comments && w.chance(4) {
		w.write(" # header")
	}
	w.write("\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if line != "" {
			w.pad(column + by)
		}
		w.write(line + "\n")
	}
}
