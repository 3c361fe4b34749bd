package patch

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalar reads a scalar without its properties.
func (r *yamlReader) scalar(y *yaml.Node, n *node, in around) bool {
	var end int
	switch {
	case y.Style&yaml.DoubleQuotedStyle != 0:
		n.quoted = true
		end = quotedLength(r.rest(), '"')
	case y.Style&yaml.SingleQuotedStyle != 0:
		end = quotedLength(r.rest(), '\'')
	case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		n.block = true
		end = blockLength(r.rest(), in.column)
	case y.Value == "":
		return true
	default:
		end = plainLength(r.rest(), y.Value)
	}
	if end <= 0 {
		return false
	}
	r.emit(content, r.at+end)
	return true
}

// quotedLength is the length of a quoted scalar at the beginning of a text; -1: it begins with no quoted scalar.
func quotedLength(text string, quote byte) int {
	if text == "" || text[0] != quote {
		return -1
	}
	for at := 1; at < len(text); at++ {
		switch {
		case quote == '"' && text[at] == '\\':
			at++
		case quote == '\'' && strings.HasPrefix(text[at:], "''"):
			at++
		case text[at] == quote:
			return at + 1
		}
	}
	return -1
}

// plainLength is the length of a plain scalar of this value. Its lines are folded: a break is a space in the value, and
// each further break is a line feed.
func plainLength(text, value string) int {
	at := 0
	for value != "" {
		skip := at + blanks(text[at:])
		breaks := 0
		for n := breakAt(text[skip:]); n > 0; n = breakAt(text[skip:]) {
			breaks++
			skip += n
			skip += blanks(text[skip:])
		}
		folded := " "
		switch {
		case breaks > 1:
			folded = strings.Repeat("\n", breaks-1)
		case breaks == 0 && skip > at:
			folded = text[at:skip]
		case breaks == 0:
			folded = value[:max(1, len(value)-len(strings.TrimLeft(value, wordBytes)))]
			skip = at + len(folded)
			if !strings.HasPrefix(text[at:], folded) {
				return -1
			}
		}
		if !strings.HasPrefix(value, folded) {
			return -1
		}
		value, at = value[len(folded):], skip
	}
	return at
}

// wordBytes are characters that always stand for themselves.
const wordBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./+="

// blockLength is the length of a literal or folded scalar, without the end of its last line. Its lines are indented
// further than the column of the collection that it is in.
func blockLength(text string, column int) int {
	if text == "" || text[0] != '|' && text[0] != '>' {
		return -1
	}
	head := lineLength(text)
	indicators, _, _ := strings.Cut(strings.ReplaceAll(text[1:head], "\t", " "), " ")
	keep, indent := strings.Contains(indicators, "+"), 0
	if digit := strings.Trim(indicators, "+-"); len(digit) == 1 {
		indent = max(column, 0) + int(digit[0]-'0')
	}
	end := len(strings.TrimRight(beforeComment(text[:head]), " \t"))
	for at := head + breakAt(text[head:]); at < len(text); {
		line := text[at : at+lineLength(text[at:])]
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		blank := spaces == len(line)
		if indent == 0 && !blank {
			if indent = spaces; indent <= column {
				break
			}
		}
		switch {
		case !blank && spaces < indent, !blank && indent == 0:
			return end
		case !blank || indent > 0 && spaces > indent:
			end = at + len(line)
		case keep:
			end = at + len(line)
		}
		next := at + len(line) + breakAt(text[at+len(line):])
		if next == at+len(line) {
			break
		}
		at = next
	}
	return end
}

// beforeComment is a line up to a comment.
func beforeComment(line string) string {
	for _, start := range []string{" #", "\t#"} {
		line, _, _ = strings.Cut(line, start)
	}
	return line
}
