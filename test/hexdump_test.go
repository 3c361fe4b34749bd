package test

import (
	"regexp"
	"strings"
)

// dumpedLine is a line of a hex dump, as Kubernetes' client logs bodies that are no text.
var dumpedLine = regexp.MustCompile(`(?m)^\s*[0-9a-f]{8}  [0-9a-f ]{47,49}  ?\|(.{1,16})\|$`)

// withDumps is a text and, after it, what the hex dumps in it hold, in one piece.
func withDumps(text string) string {
	var dumped strings.Builder
	for _, match := range dumpedLine.FindAllStringSubmatch(text, -1) {
		dumped.WriteString(match[1])
	}
	return text + "\n" + dumped.String()
}
