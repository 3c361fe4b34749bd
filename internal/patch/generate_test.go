package patch

import (
	"encoding/json"
	"math/rand/v2"

	"github.com/vaultseal/kubectl-vaultseal/internal/styled"
)

// generator makes documents in every style, and edits that fit them.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) *generator {
	return &generator{rand.New(rand.NewPCG(seed, 18))}
}

// document is a document as text.
func (g *generator) document() string {
	text, err := styled.New(g.Rand).Document(appendJSON(nil, g.object(4, "", "")))
	if err != nil {
		panic(err)
	}
	return text
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
