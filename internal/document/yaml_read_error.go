package document

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// errPanicked stands for a panic of the YAML library.
var errPanicked = errors.New("panic")

// yamlLine finds the line number in a message of the YAML library. The rest of the message can quote the document and
// must not be shown.
var yamlLine = lazyregexp.New(`^yaml: line ([0-9]+): `)

// yamlReasons maps messages of the YAML library to reasons.
var yamlReasons = []struct {
	message string
	reason  string
	parser  bool // a message of the parser, which counts lines from 0; the scanner counts from 1
}{
	{
		message: "mapping values are not allowed in this context",
		reason:  "unexpected ':': check the indentation and quotes",
	},
	{message: "mapping keys are not allowed in this context", reason: "unexpected '?'"},
	{message: "block sequence entries are not allowed in this context", reason: "unexpected '-'"},
	{
		message: "found character that cannot start any token",
		reason:  "a value cannot start with this character: use quotes, or spaces instead of a tab",
	},
	{message: "found a tab character", reason: "tab where indentation needs spaces"},
	{message: "could not find expected ':'", reason: "want ':' after a key"},
	{message: "found unexpected end of stream", reason: "closing quote is missing"},
	{message: "found unexpected document indicator", reason: "closing quote is missing"},
	{message: "found unknown escape character", reason: "invalid escape in a quoted text"},
	{message: "found invalid Unicode character escape code", reason: "invalid escape in a quoted text"},
	{message: "did not find expected hexdecimal number", reason: "invalid escape in a quoted text"},
	{message: "exceeded max depth", reason: reasonDeep},
	{message: "did not find expected ',' or", reason: "closing bracket or comma is missing", parser: true},
	{message: "did not find expected key", reason: "want a key: check the indentation", parser: true},
	{message: "did not find expected '-' indicator", reason: "want '-': check the indentation", parser: true},
	{message: "did not find expected node content", reason: "want a value", parser: true},
	{message: "did not find expected <document start>", reason: "text after the end of the document", parser: true},
	{message: "found undefined tag handle", reason: reasonTag, parser: true},
	{
		message: "found incompatible YAML document",
		reason:  "%YAML directive with another version than 1.1: remove it", parser: true,
	},
}

// reasonAnchor has no line, because the library reports none.
const reasonAnchor = "alias to an unknown anchor"

// locatedYAML converts an error of the YAML library to an *Error. When the end of a block is wrong, the line can be the
// one where the block starts.
func locatedYAML(data []byte, err error) *Error {
	message := err.Error()
	if strings.HasPrefix(message, "yaml: unknown anchor ") {
		return &Error{Format: YAML, Reason: reasonAnchor}
	}
	if errors.Is(err, errPanicked) {
		return &Error{Format: YAML, Reason: reasonYAML}
	}
	line, reason := 1, reasonYAML
	match := yamlLine().FindStringSubmatch(message)
	if match != nil {
		line, _ = strconv.Atoi(match[1])
	}
	for _, known := range yamlReasons {
		if !strings.Contains(message, known.message) {
			continue
		}
		reason = known.reason
		if known.parser && match != nil {
			line++
		}
		break
	}
	lines := bytes.Count(bytes.TrimRight(data, "\r\n"), []byte("\n")) + 1
	return &Error{Format: YAML, Line: min(line, lines), Reason: reason}
}
