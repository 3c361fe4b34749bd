package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// documents is a text and where its documents are.
type documents struct {
	raw      []byte
	encoding encoding
	text     []byte // in UTF-8
	parts    []part
}

// split finds the documents of a file.
func split(raw []byte) (documents, error) {
	text, encoding, err := decode(raw)
	if err != nil {
		return documents{raw: raw}, err
	}
	d := documents{raw: raw, encoding: encoding, text: text, parts: partsOf(text)}
	if len(d.parts) > maxObjects {
		return d, ErrTooMany
	}
	return d, nil
}

// of is the text of a document.
func (d documents) of(p part) []byte { return d.text[p.start:p.end] }

// part is one document of a text: of YAML, or an object of JSON.
type part struct {
	number     int // from 1; empty documents do not count
	start, end int // bytes of the text
	line       int // number of lines before it
}

// partsOf splits a text at its lines of three dashes, and JSON into its objects. It leaves out empty documents. A byte
// order mark at the beginning of a part does not belong to it: concatenated files have one there. It stops after
// maxObjects, because more are refused.
func partsOf(text []byte) []part {
	parts, at := objectsOf(text)
	start := at
	counted, lines := 0, 0 // number of lines before an offset
	add := func() {
		if blank(text[start:at]) {
			return
		}
		lines += bytes.Count(text[counted:start], []byte("\n"))
		counted = start
		p := part{number: len(parts) + 1, start: start, end: at, line: lines}
		p.start += dashesHead(text[start:at])
		p.start += markedHead(text[p.start:at])
		p.line += bytes.Count(text[start:p.start], []byte("\n"))
		parts = append(parts, p)
	}
	for line := range bytes.Lines(text[at:]) {
		marked := bytes.HasPrefix(line, []byte(byteOrderMark))
		if separates(bytes.TrimPrefix(line, []byte(byteOrderMark))) {
			if add(); len(parts) > maxObjects {
				return parts
			}
			start = at
			if marked {
				start += len(byteOrderMark)
			}
		}
		at += len(line)
	}
	add()
	return parts
}

// markedHead is the number of bytes to leave out of a part: up to and including a byte order mark before its first line
// with content.
func markedHead(text []byte) int {
	at := 0
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte(byteOrderMark)) {
			return at + len(byteOrderMark)
		}
		if !blank(line) {
			return 0
		}
		at += len(line)
	}
	return 0
}

// objectsOf finds the JSON objects at the beginning of a text, and their end. Like kubectl, it reads these as JSON, and
// the rest as YAML.
func objectsOf(text []byte) (parts []part, end int) {
	if !isJSON(text) {
		return nil, 0
	}
	line := 0
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var object json.RawMessage
		err := decoder.Decode(&object)
		switch {
		case errors.Is(err, io.EOF) && len(parts) == 1:
			return []part{{number: 1, end: len(text)}}, len(text)
		case errors.Is(err, io.EOF):
			return parts, len(text)
		case err != nil, len(parts) > maxObjects:
			return parts, end
		}
		start := int(decoder.InputOffset()) - len(object)
		line += bytes.Count(text[end:start], []byte("\n"))
		parts = append(parts, part{number: len(parts) + 1, start: start, end: start + len(object), line: line})
		line += bytes.Count(object, []byte("\n"))
		end = start + len(object)
	}
}

func isJSON(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) }

// isObject tells a JSON object from a YAML mapping in braces.
func isObject(text []byte) bool { return isJSON(text) && json.Valid(text) }

// separates reports whether a line separates documents, for YAML or for kubectl. kubectl accepts any white space after
// the dashes, and a comment directly after them.
func separates(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte("---"))
	return found && (len(behindDashes(line)) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

// dashesHead is the length of the line of dashes that a part begins with. kubectl does not read it as part of the
// document. For YAML it may be an error, or part of the document.
func dashesHead(text []byte) int {
	line, _, ended := bytes.Cut(text, []byte("\n"))
	if !ended || !separates(line) || len(behindDashes(line)) > 0 {
		return 0
	}
	return len(line) + 1
}

// behindDashes is the text after the dashes on their line, without a comment.
func behindDashes(line []byte) []byte {
	rest := bytes.TrimSpace(bytes.TrimPrefix(line, []byte("---")))
	if len(rest) > 0 && rest[0] == '#' {
		return nil
	}
	return rest
}

// checkLines refuses content on the line of the dashes, as kubectl does. It also refuses a byte order mark within the
// document: there two files were concatenated without a line of dashes.
func checkLines(text []byte) error {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if separates(line) && len(behindDashes(line)) > 0 {
		return &Error{Line: 1, Reason: "content on the line of ---, which kubectl refuses: put it on the next line"}
	}
	if at := bytes.Index(text, []byte("\n"+byteOrderMark)); at >= 0 && mayBeSecret(text) {
		return &Error{
			Line:   bytes.Count(text[:at+1], []byte("\n")) + 1,
			Reason: "byte order mark within the document: put a line of --- before it, or remove it",
		}
	}
	return nil
}

// blank reports whether a document has no content.
func blank(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte(byteOrderMark)))
		switch {
		case len(line) == 0, line[0] == '#', bytes.Equal(line, []byte("...")):
		case separates(line) && len(behindDashes(line)) == 0:
		default:
			return false
		}
	}
	return true
}
