package patch

import "strings"

// source is the text that a value had, and its place.
type source struct {
	Form   form    `json:"form"`
	Text   string  `json:"text"`
	Column int     `json:"column,omitempty"` // of the item in block style
	After  *string `json:"after,omitempty"`  // the key before a member of a mapping; nil: it was the first
	Lines  int     `json:"lines,omitempty"`  // lines of comments between it and its neighbor
}

// form says what part of an item a source text is.
type form string

const (
	formTail   form = "tail"   // what follows the key or the dash, to the end of the line
	formLines  form = "lines"  // whole lines
	formInline form = "inline" // from its beginning, within a line, to the beginning of the next item
	formRest   form = "rest"   // from its beginning, within a line, to the end of the line
	formFlow   form = "flow"   // in brackets: with the comma
	formRoot   form = "root"   // the whole document, without what is around it
)

// shifted returns the source for another column: the document may have been indented in another way since.
func (s *source) shifted(column int) (source, bool) {
	switch {
	case s == nil || (s.Column == inBrackets) != (column == inBrackets):
		return source{}, false
	case s.Column == column:
		return *s, true
	}
	lines := strings.SplitAfter(s.Text, "\n")
	for n, line := range lines {
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case n == 0 && s.Form != formLines, strings.Trim(line, " \r\n") == "":
		case spaces < s.Column-column:
			return source{}, false
		default:
			lines[n] = strings.Repeat(" ", spaces+column-s.Column) + line[spaces:]
		}
	}
	to := *s
	to.Text, to.Column = strings.Join(lines, ""), column
	return to, s.Form == formLines || s.Form == formTail
}
