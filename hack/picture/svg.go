package main

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"
)

// line is one of a terminal.
type line struct {
	typed bool // after a prompt
	text  string
}

// The measures of the picture, in pixels. A column is as wide as the widest of the usual fonts makes it.
const (
	fontSize   = 14
	column     = 8.8
	lineHeight = 21
	margin     = 22
	titleBar   = 34
)

//nolint:lll // one tag or style a line
const window = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" aria-labelledby="title">
<title id="title">A terminal: kubectl vaultseal seals a Secret, opens it, rotates its key and verifies it</title>
<style>
text { font: %[3]dpx ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; fill: #c9d1d9; white-space: pre }
.prompt { fill: #7ee787 }
.command { fill: #ffffff; font-weight: bold }
.comment { fill: #8b949e }
</style>
<rect x="0.5" y="0.5" width="%[4]d" height="%[5]d" rx="9" fill="#0d1117" stroke="#484f58"/>
<circle cx="20" cy="18" r="6" fill="#ff5f56"/>
<circle cx="40" cy="18" r="6" fill="#ffbd2e"/>
<circle cx="60" cy="18" r="6" fill="#27c93f"/>
%[6]s</svg>
`

// draw is the picture of a terminal with these lines, as SVG without scripts and without anything from elsewhere.
func draw(lines []line) string {
	var texts strings.Builder
	columns := 0
	for i, l := range lines {
		width := utf8.RuneCountInString(l.text)
		if l.typed {
			width += len(prompt)
		}
		columns = max(columns, width)
		if l.text != "" {
			fmt.Fprintf(&texts, `<text x="%d" y="%d" xml:space="preserve">%s</text>`+"\n", margin,
				titleBar+lineHeight*(i+1)-lineHeight/3, l.spans())
		}
	}
	width := 2*margin + int(float64(columns)*column)
	height := titleBar + lineHeight*len(lines) + margin/2
	return fmt.Sprintf(window, width, height, fontSize, width-1, height-1, texts.String())
}

const prompt = "$ "

// spans are the parts of a line in their colours.
func (l line) spans() string {
	if !l.typed {
		return escape(l.text)
	}
	command, comment, commented := strings.Cut(l.text, "#")
	text := span("prompt", prompt) + span("command", command)
	if commented {
		text += span("comment", "#"+comment)
	}
	return text
}

func span(class, text string) string {
	return fmt.Sprintf(`<tspan class="%s">%s</tspan>`, class, escape(text))
}

func escape(text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a Builder takes everything
	return escaped.String()
}
