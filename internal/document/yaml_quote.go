package document

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// yamlString prints a string on one line: plain if every YAML parser reads that as a string, otherwise in double
// quotes.
func yamlString(text string) string {
	if fitsPlain(text) {
		return text
	}
	return doubleQuoted(text)
}

// fitsPlain is stricter than YAML: it accepts only text that starts with a letter, _ or /. That excludes all numbers,
// times and indicators.
func fitsPlain(text string) bool {
	switch strings.ToLower(text) {
	case "", "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	for i, char := range text {
		switch {
		case unicode.IsLetter(char), char == '_', char == '/':
		case i == 0:
			return false
		case char < ' ' || char > '~':
			return false
		}
	}
	return !strings.HasSuffix(text, " ") && !strings.HasSuffix(text, ":") &&
		!strings.Contains(text, ": ") && !strings.Contains(text, " #")
}

// fitsBlock accepts texts of several lines that a literal block holds exactly and visibly: without white space at the
// start of the text or at the end of a line, where a reader would not see it, and without characters that are not
// visible.
func fitsBlock(text string) bool {
	if !strings.Contains(text, "\n") || strings.ContainsAny(text[:1], " \t\n") {
		return false
	}
	for _, char := range text {
		if char != '\n' && char != '\t' && !unicode.IsPrint(char) {
			return false
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimRight(line, " \t") != line {
			return false
		}
	}
	return true
}

// doubleQuoted prints any string in YAML's double quotes. Characters that are not visible are escaped.
func doubleQuoted(text string) string {
	var out strings.Builder
	out.Grow(len(text) + 2)
	out.WriteByte('"')
	for _, char := range text {
		switch {
		case char == '"' || char == '\\':
			out.WriteByte('\\')
			out.WriteRune(char)
		case char == '\n':
			out.WriteString(`\n`)
		case char == '\t':
			out.WriteString(`\t`)
		case char == '\r':
			out.WriteString(`\r`)
		case unicode.IsPrint(char):
			out.WriteRune(char)
		case char <= 0xffff:
			fmt.Fprintf(&out, `\u%04x`, char)
		default:
			fmt.Fprintf(&out, `\U%08x`, char)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// yamlFloat prints a JSON number so that YAML 1.1 and 1.2 read it as a number: an exponent needs a point before it and
// a sign.
func yamlFloat(literal string) string {
	at := strings.IndexAny(literal, "eE")
	if at < 0 {
		return literal
	}
	mantissa, exponent := literal[:at], literal[at+1:]
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	if exponent[0] != '-' && exponent[0] != '+' {
		exponent = "+" + exponent
	}
	return mantissa + "e" + exponent
}

// YAMLString writes a string on one line, plain where every YAML parser reads that as a string, else in double quotes.
// Unlike ToYAML, it also leaves flags and quantities plain, such as --sealed=/tls and 64Mi. inBrackets says that it is
// written within [] or {}.
func YAMLString(text string, inBrackets bool) string {
	flag, isFlag := strings.CutPrefix(text, "--")
	switch {
	case inBrackets && strings.ContainsAny(text, ",[]{}"):
		return doubleQuoted(text)
	case isFlag && fitsPlain("x"+flag) && !strings.HasPrefix(flag, " "), quantity().MatchString(text):
		return text
	}
	return yamlString(text)
}

// YAMLQuoted writes any string in double quotes.
func YAMLQuoted(text string) string { return doubleQuoted(text) }

// quantity matches those amounts of Kubernetes that are a number in no version of YAML.
var quantity = lazyregexp.New(`^[1-9][0-9]*(m|k|M|G|Ki|Mi|Gi|Ti)$`)

// YAMLNumber writes a JSON number as YAML 1.1 and 1.2 read it.
func YAMLNumber(literal string) string { return yamlFloat(literal) }

// FitsLiteral reports whether a literal block holds a text of several lines exactly and visibly.
func FitsLiteral(text string) bool { return fitsBlock(text) }
