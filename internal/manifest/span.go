package manifest

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// span is the place of a scalar in a text, and how to write another value there.
type span struct {
	from, to   int // offsets with quotes, tag, anchor and the header of a block scalar
	start, end int // offsets of the value; of a block scalar without the indentation of its first line
	style      yaml.Style
	indent     string // of a block scalar's lines
	width      int    // length of a block scalar's lines; 0: it has one line
	lineEnd    string
}

var errPlace = errors.New("the place of a value cannot be found: it is an alias, or written in an unusual way")

// spanOf finds the place of a scalar.
func spanOf(in *places, node *yaml.Node) (span, error) {
	text := in.text
	if node.Kind != yaml.ScalarNode {
		return span{}, errPlace
	}
	start, found := in.offsetOf(node)
	if !found {
		return span{}, errPlace
	}
	s := span{style: node.Style, from: start}
	start = behindProperties(text, start)
	switch {
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return blockSpan(text, start, s)
	case node.Style&yaml.DoubleQuotedStyle != 0:
		return quotedSpan(text, start, '"', s)
	case node.Style&yaml.SingleQuotedStyle != 0:
		return quotedSpan(text, start, '\'', s)
	case !bytes.HasPrefix(text[start:], []byte(node.Value)) || node.Value == "":
		return span{}, errPlace // it spans several lines
	}
	s.start, s.end = start, start+len(node.Value)
	s.to = s.end
	return s, nil
}

// places finds the nodes of a text in it. Nodes that come in the order of the text are found in one pass.
type places struct {
	text  []byte
	lines []int // offset of each line, from line 1
	last  place // the one that was found last
}

// place is the offset of a line and a column, which YAML counts from 1. Columns are characters.
type place struct{ line, column, offset int }

func placesIn(text []byte) *places {
	p := &places{text: text, lines: []int{0, 0}}
	for line := range bytes.Lines(text) {
		p.lines = append(p.lines, p.lines[len(p.lines)-1]+len(line))
	}
	if !bytes.HasSuffix(text, []byte("\n")) { // there is no line behind the last one
		p.lines = p.lines[:len(p.lines)-1]
	}
	return p
}

// offsetOf is the offset of a node.
func (p *places) offsetOf(node *yaml.Node) (int, bool) {
	if node.Line < 1 || node.Line >= len(p.lines) {
		return 0, false
	}
	at := place{node.Line, 1, p.lines[node.Line]}
	if p.last.line == node.Line && p.last.column <= node.Column {
		at = p.last
	}
	for ; at.column < node.Column; at.column++ {
		if at.offset >= len(p.text) {
			return 0, false
		}
		_, size := utf8.DecodeRune(p.text[at.offset:])
		at.offset += size
	}
	p.last = at
	return at.offset, at.offset < len(p.text)
}

// behindProperties skips an anchor and a tag.
func behindProperties(text []byte, at int) int {
	for at < len(text) && (text[at] == '&' || text[at] == '!') {
		for at < len(text) && !isBlank(text[at]) {
			at++
		}
		for at < len(text) && isBlank(text[at]) {
			at++
		}
	}
	return at
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func quotedSpan(text []byte, start int, quote byte, s span) (span, error) {
	if start >= len(text) || text[start] != quote {
		return span{}, errPlace
	}
	for at := start + 1; at < len(text); at++ {
		switch {
		case quote == '"' && text[at] == '\\':
			at++
		case quote == '\'' && bytes.HasPrefix(text[at:], []byte("''")):
			at++
		case text[at] == quote:
			s.start, s.end = start+1, at
			s.to = at + 1
			return s, nil
		}
	}
	return span{}, errPlace
}

// blockSpan finds the lines of a block scalar: those after its header that are indented like the first one.
func blockSpan(text []byte, start int, s span) (span, error) {
	header := bytes.IndexByte(text[start:], '\n')
	if header < 0 {
		return span{}, errPlace
	}
	at := start + header + 1
	s.lineEnd = lineEndOf(text[start:at])
	for line := range bytes.Lines(text[at:]) {
		content := strings.TrimRight(string(line), "\r\n")
		inner := strings.TrimLeft(content, " ")
		switch {
		case s.end == 0 && inner == "":
			return span{}, errPlace // it begins with an empty line
		case s.end == 0:
			s.indent = content[:len(content)-len(inner)]
			s.start = at + len(s.indent)
		case inner != "" && !strings.HasPrefix(content, s.indent):
			s.to = s.end
			return s, nil
		case inner != "" && s.width == 0:
			s.width = s.end - s.start
		}
		if inner != "" {
			s.end = at + len(content)
		}
		at += len(line)
	}
	s.to = s.end
	if s.end == 0 || s.indent == "" {
		return span{}, errPlace
	}
	return s, nil
}

func lineEndOf(line []byte) string {
	if bytes.HasSuffix(line, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// written is a text without special characters in the style of the span.
func (s span) written(value string) string {
	if s.width == 0 {
		return value
	}
	var lines []string
	for len(value) > s.width {
		lines, value = append(lines, value[:s.width]), value[s.width:]
	}
	return strings.Join(append(lines, value), s.lineEnd+s.indent)
}
