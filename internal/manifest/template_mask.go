package manifest

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// masked is the text of a template, such as those of Helm, with placeholders for its actions, so that it can be read as
// YAML. Its lines are those of the template.
type masked struct {
	text    []byte
	actions *strings.Replacer // placeholder → action
	lines   []madeLine
}

// madeLine is a line that only actions make, and that print something.
type madeLine struct {
	at      int // from 1
	actions string
}

// maxMasks is the number of placeholders that four letters can count.
const maxMasks = 26 * 26 * 26 * 26

// control are actions that print nothing: their lines, or their place in a line, become empty.
var control = lazyregexp.New(`^(?:(?:if|else|end|range|with|define|block|break|continue)\b|\$\w*\s*:?=|/\*)`)

// maskTemplate replaces the actions {{ … }} of a text. A line that has nothing but actions becomes empty. Other actions
// become letters that are a valid name, and valid base64. It returns false if an action does not end.
func maskTemplate(text []byte) (masked, bool) {
	m := masker{text: text, prefix: unusedPrefix(text), at: 1}
	if m.prefix == "" {
		return masked{}, false
	}
	for len(m.text) > 0 {
		if !m.line() || m.count > maxMasks {
			return masked{}, false
		}
	}
	return masked{text: m.versioned(), actions: strings.NewReplacer(m.pairs...), lines: m.lines}, true
}

// versioned is the masked text with v1 for each apiVersion that an action makes: it may be that of a Secret.
func (m *masker) versioned() []byte {
	version := regexp.MustCompile(`(apiVersion["']?\s*:\s*["']?)` + m.prefix + `[a-z]{4}`)
	return version.ReplaceAll(m.out.Bytes(), []byte("${1}v1"))
}

// unusedPrefix is the beginning of all placeholders, which the text does not have; empty: the text has all that are
// tried.
func unusedPrefix(text []byte) string {
	for n := range 26 {
		if prefix := "mask" + letters(n); !bytes.Contains(text, []byte(prefix)) {
			return prefix
		}
	}
	return ""
}

// letters writes a number with four letters.
func letters(n int) string {
	var word [4]byte
	for at := len(word) - 1; at >= 0; at-- {
		word[at], n = byte('a'+n%26), n/26
	}
	return string(word[:])
}

// masker masks a text line by line.
type masker struct {
	text   []byte // what is left
	at     int    // its line
	out    bytes.Buffer
	prefix string
	count  int
	pairs  []string // of placeholders and actions
	lines  []madeLine
}

// line masks a line. The lines of an action are one; as many empty lines follow it.
func (m *masker) line() bool {
	var out, literal []byte
	var actions []string
	count, ends := m.count, 0
	for {
		line, _, _ := bytes.Cut(m.text, []byte("\n"))
		start := bytes.Index(line, []byte("{{"))
		if start < 0 {
			out, literal = append(out, line...), append(literal, line...)
			m.text = m.text[len(line):]
			break
		}
		length, ok := actionLength(m.text[start:])
		if !ok {
			return false
		}
		action := string(m.text[start : start+length])
		out, literal = append(out, line[:start]...), append(literal, line[:start]...)
		out = append(out, m.mask(action)...)
		ends += strings.Count(action, "\n")
		actions = append(actions, action)
		m.text = m.text[start+length:]
	}
	if len(actions) > 0 && len(bytes.TrimSpace(literal)) == 0 {
		out = nil
		if m.count > count {
			m.lines = append(m.lines, madeLine{m.at, strings.Join(actions, " ")})
		}
	}
	if len(m.text) > 0 {
		m.text = m.text[1:]
		ends++
	}
	m.out.Write(out)
	m.out.WriteString(strings.Repeat("\n", ends))
	m.at += ends
	return true
}

// mask returns the placeholder of an action.
func (m *masker) mask(action string) string {
	if control().MatchString(innerAction(action)) {
		return ""
	}
	placeholder := m.prefix + letters(m.count)
	m.count++
	m.pairs = append(m.pairs, placeholder, strings.ReplaceAll(action, "\n", " "))
	return placeholder
}

// innerAction is the text of an action without its braces and the dashes that trim white space.
func innerAction(action string) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(action, "{{"), "}}")
	inner = strings.TrimPrefix(inner, "-")
	return strings.TrimSpace(inner)
}

// actionLength is the length of the action that a text begins with. Braces in its strings and comments do not end it.
func actionLength(text []byte) (int, bool) {
	at := min(len("{{"), len(text))
	head := bytes.TrimLeft(bytes.TrimPrefix(text[at:], []byte("-")), " \t\r\n")
	if bytes.HasPrefix(head, []byte("/*")) {
		end := bytes.Index(text, []byte("*/"))
		if end < 0 {
			return 0, false
		}
		at = end
	}
	for at < len(text) {
		switch c := text[at]; {
		case bytes.HasPrefix(text[at:], []byte("}}")):
			return at + len("}}"), true
		case c == '"', c == '\'', c == '`':
			end := quoteLength(text[at:])
			if end == 0 {
				return 0, false
			}
			at += end
		default:
			at++
		}
	}
	return 0, false
}

// quoteLength is the length of the string that a text begins with; 0: it does not end.
func quoteLength(text []byte) int {
	quote := text[0]
	for at := 1; at < len(text); at++ {
		switch {
		case text[at] == quote:
			return at + 1
		case text[at] == '\\' && quote != '`':
			at++
		}
	}
	return 0
}

// restored returns a text with the actions in place of their placeholders.
func (m masked) restored(text string) string {
	if m.actions == nil {
		return text
	}
	return m.actions.Replace(text)
}

// secret returns a Secret with the actions in place of their placeholders, except in its data.
func (m masked) secret(s *corev1.Secret) *corev1.Secret {
	if m.actions == nil {
		return s
	}
	s = s.DeepCopy()
	for _, text := range []*string{&s.Name, &s.GenerateName, &s.Namespace, (*string)(&s.Type)} {
		*text = m.restored(*text)
	}
	for _, texts := range []map[string]string{s.Labels, s.Annotations} {
		for _, name := range slices.Collect(maps.Keys(texts)) {
			text := m.restored(texts[name])
			delete(texts, name)
			texts[m.restored(name)] = text
		}
	}
	return s
}

// inError returns an error of a Secret with the actions in place of their placeholders.
func (m masked) inError(err error) error {
	var placed *Error
	if m.actions == nil || !errors.As(err, &placed) {
		return err
	}
	restored := *placed
	restored.Secret, restored.Entry = m.restored(placed.Secret), m.restored(placed.Entry)
	return &restored
}

// linesOf are the lines in a field of an object that only actions make.
func (m masked) linesOf(object *yaml.Node, field string) []madeLine {
	if object == nil || len(m.lines) == 0 {
		return nil
	}
	at := keyOf(resolved(object), field)
	if at < 0 {
		return nil
	}
	from, to := resolved(object).Content[at].Line, math.MaxInt
	for n := 0; n < len(resolved(object).Content); n += 2 {
		if line := resolved(object).Content[n].Line; line > from {
			to = min(to, line)
		}
	}
	return slices.DeleteFunc(slices.Clone(m.lines), func(l madeLine) bool { return l.at <= from || l.at >= to })
}

// valuesOf are the values in a field of an object that have no other lines than those that actions make, such as those
// of a block scalar, and the lines that belong to no such value. The values have the actions.
func (m masked) valuesOf(object *yaml.Node, field string) (values map[string]string, others []int) {
	lines := m.linesOf(object, field)
	if len(lines) == 0 {
		return nil, nil
	}
	values = map[string]string{}
	entries := resolved(member(resolved(object), field))
	for n := 0; entries.Kind == yaml.MappingNode && n+1 < len(entries.Content); n += 2 {
		key, value := entries.Content[n], entries.Content[n+1]
		for len(lines) > 0 && lines[0].at <= key.Line {
			others, lines = append(others, lines[0].at), lines[1:]
		}
		to := math.MaxInt
		if n+2 < len(entries.Content) {
			to = entries.Content[n+2].Line
		}
		for isOpen(value) && len(lines) > 0 && lines[0].at < to {
			values[key.Value] += lines[0].actions + "\n"
			lines = lines[1:]
		}
	}
	for _, line := range lines {
		others = append(others, line.at)
	}
	return values, others
}

// isOpen reports whether a value is empty, and the lines after it can belong to it.
func isOpen(value *yaml.Node) bool {
	const block = yaml.LiteralStyle | yaml.FoldedStyle
	return value.Kind == yaml.ScalarNode && strings.TrimSpace(value.Value) == "" &&
		(value.Style&block != 0 || value.ShortTag() == "!!null")
}
