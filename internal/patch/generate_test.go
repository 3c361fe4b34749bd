package patch

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes documents in every style that people and programs write.
type generator struct {
	*rand.Rand

	indent, listIndent, dash int
	comments, anchors        bool
}

func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 18))}
	g.indent = []int{2, 2, 2, 4, 1, 3}[g.IntN(6)]
	g.listIndent = []int{0, 0, 2, 4, 1}[g.IntN(5)]
	g.dash = []int{2, 2, 2, 4}[g.IntN(4)]
	g.comments = g.IntN(2) == 0
	g.anchors = g.IntN(5) == 0
	return g
}

func (g *generator) oneOf(words ...string) string { return words[g.IntN(len(words))] }

func (g *generator) chance(of int) bool { return g.IntN(of) == 0 }

// key is a name of a mapping.
func (g *generator) key() string {
	return g.oneOf("name", "image", "env", "spec", "a", "b", "c", "volumes", "mountPath", "data", "metadata", "value", "key.with/dots",
		"on", "y", "1", "with space", "é", "quote\"", "true", "x: y", "#", "-", "")
}

// leaf is a scalar.
func (g *generator) leaf() any {
	switch g.IntN(6) {
	case 0:
		return json.Number(g.oneOf("0", "1", "-7", "8080", "1.5", "1e3"))
	case 1:
		return g.chance(2)
	case 2:
		return nil
	}
	return g.oneOf("app", "db", "x", "yes", "1", "", " lead", "trail ", "two words", "a: b", "a #b", "line\nline", "line\n", "a\n\nb\n\n",
		"  indented\nless\n", "it's", `say "hi"`, `back\slash`, "é", "[x", "{}", "- a", "null", "~", "1e3", "0x1f", "a,b", "?", "\t", "%x", "@y", "&z",
		"*w", "!t", "|", ">", "---", "...", "x\n---\ny\n", "\x01", "12:30", "2001-01-01", "<<", "=")
}

// value is any value.
func (g *generator) value(depth int) any {
	switch n := g.IntN(10); {
	case depth <= 0 || n < 3:
		return g.leaf()
	case n < 4:
		return []any{}
	case n < 5:
		return Object{}
	case n < 7:
		items := make([]any, 1+g.IntN(4))
		named := g.chance(2)
		for i := range items {
			items[i] = g.value(depth - 1)
			if named {
				items[i] = g.object(depth-1, "name", g.oneOf("app", "db", "web", "1", "-"))
			}
		}
		return items
	}
	return g.object(depth-1, "", "")
}

func (g *generator) object(depth int, first, text string) Object {
	var object Object
	seen := map[string]bool{}
	if first != "" {
		object, seen[first] = append(object, Member{first, text}), true
	}
	for range 1 + g.IntN(4) {
		if key := g.key(); !seen[key] {
			seen[key] = true
			object = append(object, Member{key, g.value(depth)})
		}
	}
	return object
}

// document is a document as text.
func (g *generator) document() string {
	root := g.object(4, "", "")
	switch g.IntN(8) {
	case 0:
		text, _ := json.Marshal(root)
		return string(text) + g.oneOf("", "\n")
	case 1:
		text, _ := json.MarshalIndent(root, "", g.oneOf("  ", "    ", "\t", " "))
		return string(text) + g.oneOf("", "\n")
	case 2:
		return g.flow(root, 0, false) + g.oneOf("", "\n", " # end\n")
	}
	var out strings.Builder
	if g.chance(3) {
		out.WriteString(g.oneOf("# head\n", "\n", "---\n", "--- # c\n", "# h\n---\n# i\n"))
	}
	column := 0
	if g.chance(10) {
		column = 2
	}
	g.members(&out, root, column)
	text := out.String()
	switch g.IntN(6) {
	case 0:
		text = strings.TrimRight(text, "\n")
	case 1:
		text += g.oneOf("# end\n", "\n\n", "  # end", "...\n", "# a\n\n# b\n")
	}
	if g.chance(6) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if g.chance(20) {
		text = byteOrderMark + text
	}
	return text
}

func (g *generator) pad(out *strings.Builder, column int) {
	out.WriteString(strings.Repeat(" ", column))
}

// between writes comments and blank lines before an item.
func (g *generator) between(out *strings.Builder, column int) {
	if !g.comments {
		return
	}
	for g.chance(4) {
		switch g.IntN(3) {
		case 0:
			out.WriteString("\n")
		case 1:
			g.pad(out, column)
			out.WriteString("# comment: [x\n")
		case 2:
			g.pad(out, g.IntN(8))
			out.WriteString("#other\n")
		}
	}
}

func (g *generator) lineEnd(out *strings.Builder) {
	if g.comments && g.chance(4) {
		out.WriteString(g.oneOf(" # c", "   # it's: 'x", " "))
	}
	out.WriteString("\n")
}

// members writes a mapping. Its first line is at the right column.
func (g *generator) members(out *strings.Builder, object Object, column int) {
	g.pad(out, column)
	g.membersBehind(out, object, column)
}

func (g *generator) membersBehind(out *strings.Builder, object Object, column int) {
	for n, member := range object {
		if n > 0 {
			g.between(out, column)
			g.pad(out, column)
		}
		if g.chance(30) {
			out.WriteString("? " + g.scalar(member.Name, false) + "\n")
			g.pad(out, column)
			out.WriteString(":")
		} else {
			out.WriteString(g.scalar(member.Name, false) + g.oneOf("", "", "", " ") + ":")
		}
		g.below(out, member.Value, column, g.listIndent, g.indent)
	}
}

// below writes a value behind a colon.
func (g *generator) below(out *strings.Builder, value any, column, listIndent, indent int) {
	g.properties(out, value)
	switch value := value.(type) {
	case Object:
		if len(value) > 0 && !g.chance(6) {
			g.lineEnd(out)
			g.between(out, column+indent)
			g.members(out, value, column+indent)
			return
		}
	case []any:
		if len(value) > 0 && !g.chance(6) {
			g.lineEnd(out)
			g.between(out, column+listIndent)
			g.pad(out, column+listIndent)
			g.elements(out, value, column+listIndent)
			return
		}
	}
	g.leafBehind(out, value, column)
}

// properties writes a tag or an anchor.
func (g *generator) properties(out *strings.Builder, value any) {
	if !g.anchors || !g.chance(6) {
		return
	}
	switch value.(type) {
	case Object:
		out.WriteString(g.oneOf(" !!map", " &m1", " &m2 !!map"))
	case []any:
		out.WriteString(g.oneOf(" !!seq", " &s1", " !!seq &s2"))
	case string:
		out.WriteString(g.oneOf(" !!str", " &t1", " !!str &t2"))
	}
}

func (g *generator) elements(out *strings.Builder, items []any, column int) {
	for n, item := range items {
		if n > 0 {
			g.between(out, column)
			g.pad(out, column)
		}
		out.WriteString("-")
		switch value := item.(type) {
		case Object:
			if len(value) > 0 && !g.chance(6) {
				if g.chance(8) {
					g.lineEnd(out)
					g.between(out, column+g.dash)
					g.members(out, value, column+g.dash)
					continue
				}
				g.pad(out, g.dash-1)
				g.membersBehind(out, value, column+g.dash)
				continue
			}
		case []any:
			if len(value) > 0 && !g.chance(6) {
				g.pad(out, g.dash-1)
				g.elements(out, value, column+g.dash)
				continue
			}
		}
		g.leafBehind(out, item, column)
	}
}

// leafBehind writes a scalar or a value in brackets behind a colon or a dash.
func (g *generator) leafBehind(out *strings.Builder, value any, column int) {
	text, isText := value.(string)
	switch {
	case value == nil && g.chance(2):
		g.lineEnd(out)
		return
	case isText && strings.Contains(text, "\n") && !strings.Contains(text, "\x01") && g.chance(2):
		g.literal(out, text, column)
		return
	case isText && text == "two words" && g.chance(2):
		out.WriteString(" " + g.oneOf("two\n", "\"two\n", "'two  \n\t", ">-\n"))
		last := out.String()[out.Len()-5:]
		g.pad(out, column+2)
		out.WriteString("words")
		switch {
		case strings.Contains(last, "\""):
			out.WriteString("\"")
		case strings.Contains(last, "'") || strings.Contains(last, "\t"):
			out.WriteString("'")
		}
		if strings.Contains(last, ">-") {
			// The folded scalar has only its second word so far.
			whole := out.String()
			out.Reset()
			out.WriteString(strings.TrimSuffix(whole, "words") + "two\n")
			g.pad(out, column+2)
			out.WriteString("words\n")
			return
		}
		g.lineEnd(out)
		return
	}
	out.WriteString(" ")
	switch value.(type) {
	case Object, []any:
		out.WriteString(g.flow(value, column+2, true))
	default:
		out.WriteString(g.scalar(value, false))
	}
	g.lineEnd(out)
}

// literal writes a text of several lines as a block.
func (g *generator) literal(out *strings.Builder, text string, column int) {
	body := strings.TrimRight(text, "\n")
	by := 1 + g.IntN(4)
	out.WriteString(" |")
	if body == "" || body[0] == ' ' || body[0] == '\n' || g.chance(5) {
		fmt.Fprint(out, by)
	}
	lines := strings.TrimSuffix(text, "\n")
	switch len(text) - len(body) {
	case 0:
		out.WriteString("-")
	case 1:
	default:
		out.WriteString("+")
	}
	if g.comments && g.chance(4) {
		out.WriteString(" # header")
	}
	out.WriteString("\n")
	for line := range strings.SplitSeq(lines, "\n") {
		if line != "" {
			g.pad(out, max(column, 0)+by)
		}
		out.WriteString(line + "\n")
	}
}

// scalar writes a scalar on one line.
func (g *generator) scalar(value any, inFlow bool) string {
	text, isText := value.(string)
	if !isText {
		if value == nil {
			return g.oneOf("null", "~", "null")
		}
		out, _ := json.Marshal(value)
		return strings.ReplaceAll(string(out), "e3", ".0e+3")
	}
	switch style := g.IntN(3); {
	case style == 0 && !strings.ContainsAny(text, "\n\x01\t"):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case style == 1 && isPlain(text) && (!inFlow || !strings.ContainsAny(text, ",[]{}?:")):
		return text
	}
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

func isPlain(text string) bool {
	switch text {
	case "app", "db", "x", "two words", "it's", "é", "a,b", "12:30", "name", "image", "env", "spec", "a", "b", "c", "volumes", "mountPath",
		"data", "metadata", "value", "key.with/dots", "with space", "web", "back\\slash":
		return true
	}
	return false
}

// flow writes a value in brackets, on one or several lines.
func (g *generator) flow(value any, column int, top bool) string {
	multi := top && g.chance(3)
	line, comma, space := "", ", ", g.oneOf("", "", " ")
	if multi {
		line, comma, space = "\n"+strings.Repeat(" ", column+2), ",\n"+strings.Repeat(" ", column+2), ""
		if g.comments && g.chance(2) {
			comma = ", # c\n" + strings.Repeat(" ", column+2)
		}
	}
	var parts []string
	open, ends := "[", "]"
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			parts = append(parts, g.flow(item, column+2, top))
		}
	case Object:
		open, ends = "{", "}"
		for _, member := range value {
			parts = append(parts, g.scalar(member.Name, true)+": "+g.flow(member.Value, column+2, top))
		}
	default:
		return g.scalar(value, true)
	}
	if len(parts) == 0 {
		return open + space + ends
	}
	out := open + space + line + strings.Join(parts, comma)
	if g.chance(5) {
		out += ","
	}
	if multi {
		out += "\n" + strings.Repeat(" ", column)
	}
	return out + space + ends
}

// edits makes edits that fit a document.
func (g *generator) edits(root any, n int) []Edit {
	v := &values{root}
	var edits []Edit
	for range n {
		e := g.edit(v)
		c, _, err := v.plan(e)
		if err != nil {
			continue
		}
		v.apply(*c)
		edits = append(edits, e)
	}
	return edits
}

// edit makes an edit at a random place.
func (g *generator) edit(v *values) Edit {
	var at Path
	value := v.root
	for {
		var next Step
		switch in := value.(type) {
		case map[string]any:
			if len(in) == 0 || g.chance(5) {
				return Edit{Op: Set, At: g.deeper(at.With(Key(g.key()))), Value: g.value(2)}
			}
			names := untree(in).(Object)
			next = Key(names[g.IntN(len(names))].Name)
		case *sequence:
			if len(in.items) == 0 || g.chance(3) {
				n := g.IntN(len(in.items) + 1)
				step := Index(n)
				if n == len(in.items) {
					step = End()
				}
				return Edit{Op: Insert, At: at.With(step), Value: g.value(3)}
			}
			n := g.IntN(len(in.items))
			if next = Index(n); g.chance(2) {
				next = in.step(n)
			}
		case nil:
			if g.chance(2) {
				return Edit{Op: Insert, At: g.deeper(at).With(End()), Value: g.value(2)}
			}
			return Edit{Op: Set, At: g.deeper(at.With(Key(g.key()))), Value: g.value(2)}
		default:
			return Edit{Op: Set, At: at, Value: g.value(3)}
		}
		found, exists, err := child(value, next)
		if err != nil || !exists {
			return Edit{Op: Remove, At: at.With(next)}
		}
		at, value = at.With(next), valueAt(value, found)
		switch g.IntN(12) {
		case 0:
			return Edit{Op: Remove, At: at}
		case 1:
			return Edit{Op: Set, At: at, Value: g.value(3)}
		}
	}
}

// deeper adds up to two keys to a path.
func (g *generator) deeper(at Path) Path {
	for range g.IntN(3) {
		at = at.With(Key(g.key()))
	}
	return at
}
