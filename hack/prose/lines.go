package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// widest line of prose in a page.
const widest = 100

var (
	codeSpan    = regexp.MustCompile("`[^`]*`")
	linkTarget  = regexp.MustCompile(`\]\([^)]*\)`)
	listNumber  = regexp.MustCompile(`^\s*(?:\d+\.|[-*])\s+`)
	twoSentence = regexp.MustCompile(`[\p{L}\d)\]"'*]{2}[.?!]["*)]* +(?:["*(]*\p{Lu}|\[|vaultseal )`)
)

// checkLines finds lines of prose that are too wide, or that hold the end of one sentence and the beginning of
// another. Headings, tables, blocks of code and the targets of links may be as wide as they are.
func checkLines(file, text string) (findings []string) {
	report := func(line, column int, message string) {
		findings = append(findings, fmt.Sprintf("%s:%d:%d:Lines:%s", file, line, column, message))
	}
	fence := ""
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if fence != "" {
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
			continue
		}
		if strings.HasPrefix(trimmed, "```") {
			fence = "```"
			continue
		}
		if strings.HasPrefix(trimmed, "|") || strings.HasPrefix(line, "#") || strings.HasPrefix(trimmed, "![") {
			continue
		}
		line = linkTarget.ReplaceAllString(line, "]")
		if width := utf8.RuneCountInString(line); width > widest {
			report(i+1, widest, fmt.Sprintf("Wrap this line: it has %d columns.", width))
		}
		line = listNumber.ReplaceAllString(codeSpan.ReplaceAllString(line, "Xx"), "")
		if at := twoSentence.FindStringIndex(line); at != nil {
			report(i+1, at[1], "Begin this sentence on a line of its own.")
		}
	}
	return findings
}
