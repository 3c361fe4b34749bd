package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// documents is a text, divided into its documents.
type documents struct {
	raw      []byte
	encoding encoding
	text     []byte // in UTF-8
	parts    []part
}

// split divides the text of a file.
func split(raw []byte) (documents, error) {
	text, encoding, err := decode(raw)
	if err != nil {
		return documents{raw: raw}, err
	}
	d := documents{raw: raw, encoding: encoding, text: text, parts: partsOf(text)}
	if len(d.parts) > maxObjects {
		return d, errTooMany
	}
	return d, nil
}

// of is the text of a document.
func (d documents) of(p part) []byte { return d.text[p.start:p.end] }

// part is one document of a text: of YAML, or an object of JSON.
type part struct {
	number     int // from 1, among those that say anything
	start, end int // bytes of the text
	line       int // how many lines of the text stand before it
}

// partsOf divides a text at its lines of three dashes, or JSON into its objects. What says nothing is left out. A byte
// order mark at the beginning of a part is not of it: files are put together with it. There is no use in more than
// maxObjects, and it ends behind these.
func partsOf(text []byte) []part {
	parts, at := objectsOf(text)
	start := at
	counted, lines := 0, 0 // how many lines stand before a place
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

// markedHead is how much of a part to leave out: a byte order mark before its first line that says anything, and what
// stands before it.
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

// objectsOf are the objects that a text begins with, one after the other, and where they end. kubectl too reads these
// as JSON, and what follows them as YAML.
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

// separates tells whether a line divides documents, for YAML or for kubectl. kubectl takes any space behind the dashes,
// and a comment right behind them.
func separates(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte("---"))
	return found && (len(behindDashes(line)) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

// dashesHead is the length of the line of dashes that a part begins with. kubectl does not read it with the document: to
// YAML it may be an error, or of the document.
func dashesHead(text []byte) int {
	line, _, ended := bytes.Cut(text, []byte("\n"))
	if !ended || !separates(line) || len(behindDashes(line)) > 0 {
		return 0
	}
	return len(line) + 1
}

// behindDashes is what stands behind the dashes on their line, without a comment.
func behindDashes(line []byte) []byte {
	rest := bytes.TrimSpace(bytes.TrimPrefix(line, []byte("---")))
	if len(rest) > 0 && rest[0] == '#' {
		return nil
	}
	return rest
}

// checkLines refuses what stands behind the dashes on their line, as kubectl does, and a byte order mark within the
// document, where two files were put together without a line of dashes.
func checkLines(text []byte) error {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if separates(line) && len(behindDashes(line)) > 0 {
		return &Error{Line: 1, Reason: "content on the line of ---, which kubectl refuses: put it on the next line"}
	}
	if at := bytes.Index(text, []byte("\n"+byteOrderMark)); at >= 0 && mayBeSecret(text) {
		return &Error{Line: bytes.Count(text[:at+1], []byte("\n")) + 1, Reason: "byte order mark within the document: put a line of --- before it, or remove it"}
	}
	return nil
}

// blank tells whether a document says nothing.
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
