package main

import (
	"fmt"
	"regexp"
	"strings"
)

// code finds what a help text has of flags, of names with an underscore in them, and of quoted words.
var code = regexp.MustCompile(`(^|[\s(])(-o (?:json|yaml|name|wide|env)\b|--?[A-Za-z][a-z-]*(?:=[a-z]+)?|` +
	`[\w.-]*_(?:[\w.-]*\w)?\*?|"[^"\n]+")`)

// special are the characters that Markdown takes for its own.
var special = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "]", `\]`,
	"|", `\|`)

// prose is plain text as Markdown, with what is to be typed set as code.
func prose(text string) string {
	var out strings.Builder
	for {
		at := code.FindStringSubmatchIndex(text)
		if at == nil {
			return out.String() + special.Replace(text)
		}
		out.WriteString(special.Replace(text[:at[4]]))
		out.WriteString("`" + strings.Trim(text[at[4]:at[5]], `"`) + "`")
		text = text[at[5]:]
	}
}

// paragraphs is a help's text as Markdown; what is indented stays as it is laid out.
func paragraphs(text string) string {
	var out []string
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(paragraph, " ") {
			out = append(out, strings.TrimSuffix(block("text", outdent(paragraph)), "\n"))
		} else {
			out = append(out, prose(paragraph))
		}
	}
	return strings.Join(out, "\n\n")
}

// outdent takes away the two blanks that lines of a help begin with.
func outdent(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "  "), "\n  ", "\n")
}

func block(language, text string) string { return "```" + language + "\n" + text + "\n```\n" }

func anchor(title string) string { return strings.ReplaceAll(title, " ", "-") }

// usage is a line of pflag's: the flag, three blanks or more, and what it means.
var usage = regexp.MustCompile(`(?m)^ +(\S.*?) {3,}(\S.*)$`)

// flagTable is what pflag prints of flags, as a table.
func flagTable(usages string) string {
	var out strings.Builder
	out.WriteString("| flag | meaning |\n|---|---|\n")
	for _, flag := range usage.FindAllStringSubmatch(usages, -1) {
		fmt.Fprintf(&out, "| `%s` | %s |\n", strings.ReplaceAll(flag[1], "|", `\|`), prose(flag[2]))
	}
	return out.String()
}
