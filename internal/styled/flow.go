package styled

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

func isPlain(text string) bool { return document.YAMLString(text, false) == text }

func isPrintable(text string) bool {
	return strings.IndexFunc(text, func(char rune) bool { return char != '\n' && !strconv.IsPrint(char) }) < 0
}

// scalar writes a scalar on one line.
func (w *Writer) scalar(value any, inFlow bool) string {
	switch value := value.(type) {
	case bool:
		return strconv.FormatBool(value)
	case json.Number:
		return document.YAMLNumber(value.String())
	case string:
		switch style := w.IntN(3); {
		case style == 0 && isPrintable(value) && !strings.Contains(value, "\n"):
			return "'" + strings.ReplaceAll(value, "'", "''") + "'"
		case style == 1 && document.YAMLString(value, inFlow) == value &&
			(!inFlow || !strings.ContainsAny(value, "?:")):
			return value
		}
		return document.YAMLQuoted(value)
	}
	return w.oneOf("null", "~", "null")
}

// flow writes a value in brackets, on one or several lines, or a scalar.
func (w *Writer) flow(value any, column int, severalLines bool) string {
	inner := strings.Repeat(" ", column+2)
	multi := severalLines && w.chance(3)
	line, comma, space, last := "", ", ", w.oneOf("", "", " "), ""
	if multi {
		line, comma, space, last = "\n"+inner, ",\n"+inner, "", "\n"+strings.Repeat(" ", column)
		if w.comments && w.chance(2) {
			comma = ", # c\n" + inner
		}
	}
	var parts []string
	open, ends := "[", "]"
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			parts = append(parts, w.flow(item, column+2, severalLines))
		}
	case object:
		open, ends = "{", "}"
		for _, member := range value {
			parts = append(parts, w.scalar(member.name, true)+": "+w.flow(member.value, column+2, severalLines))
		}
	default:
		return w.scalar(value, column > 2 || !severalLines)
	}
	if len(parts) == 0 {
		return open + space + ends
	}
	out := open + space + line + strings.Join(parts, comma)
	if w.chance(5) {
		out += ","
	}
	return out + last + space + ends
}
