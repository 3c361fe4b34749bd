package manifest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// Text is a file of manifests whose documents are replaced one by one.
type Text struct {
	// Path is that of the file; Stdin: standard input.
	Path string

	root string // the directory that the user specified; empty: the user specified the file
	name string // below that directory, or the last part of the path

	documents
	replaced map[int][]byte // by the index of the document
}

// ReadTexts reads the manifests of files and directories, in the order of the paths. Which files it reads, and content,
// are as in ReadFiles. A file that cannot be read is an error; the error lists all such files.
func ReadTexts(paths []string, recursive bool, content func(path string) ([]byte, error)) ([]*Text, error) {
	var texts []*Text
	var left error
	size, parts := 0, 0
	f := finder{recursive: recursive, content: content, seen: map[string]bool{}}
	f.take = func(file found) error {
		if size += len(file.text); size > maxTotal {
			return ErrTooMuch
		}
		read, err := split(file.text)
		if err != nil {
			return err
		}
		if parts += len(read.parts); parts > maxObjects {
			return ErrTooMany
		}
		texts = append(texts, &Text{Path: file.path, root: file.root, name: file.name, documents: read,
			replaced: map[int][]byte{}})
		return nil
	}
	f.leave = func(path string, err error) { left = joined(left, fmt.Errorf("%s: %w", path, withoutPath(err))) }
	if err := f.findAll(paths); err != nil {
		return nil, err
	}
	return texts, left
}

// Name is the path as messages show it.
func (t *Text) Name() string {
	if t.Path == Stdin {
		return "stdin"
	}
	return t.Path
}

// Len is the number of documents. Empty ones do not count.
func (t *Text) Len() int { return len(t.parts) }

// Document returns the text of a document, in UTF-8.
func (t *Text) Document(n int) []byte { return t.of(t.parts[n]) }

// Replace replaces a document.
func (t *Text) Replace(n int, text []byte) {
	if !bytes.Equal(text, t.Document(n)) {
		t.replaced[n] = text
	}
}

// Changed reports whether a document was replaced by another text.
func (t *Text) Changed() bool { return len(t.replaced) > 0 }

// Locate adds the document and the line of an object to an error. The object is the item of lists that the indexes lead
// to. An *Error of this package, or of package document, has a line already.
func (t *Text) Locate(n int, err error, items []int) error {
	p := t.parts[n]
	var placed *Error
	var read *document.Error
	if errors.As(err, &placed) || errors.As(err, &read) {
		return p.in(err, len(t.parts))
	}
	at := Error{Line: t.lineOf(p, items)}
	if len(t.parts) > 1 {
		at.Document = p.number
	}
	return fmt.Errorf("%s%w", at.Error(), err)
}

func (t *Text) lineOf(p part, items []int) int {
	if root, err := treeOf(t.of(p)); err == nil && len(items) > 0 {
		if node := nodeAt(root, items); node != nil {
			return p.line + node.Line
		}
	}
	return p.line + firstLine(t.of(p))
}

// Before returns the text as it was read, in UTF-8 without a byte order mark.
func (t *Text) Before() []byte { return t.text }

// After returns the text with the replaced documents, in UTF-8 without a byte order mark.
func (t *Text) After() []byte {
	var out []byte
	at := 0
	for n, p := range t.parts {
		if text, found := t.replaced[n]; found {
			out = append(append(out, t.text[at:p.start]...), text...)
			at = p.end
		}
	}
	return append(out, t.text[at:]...)
}

// Encoded returns the text with the replaced documents, in the encoding of the file.
func (t *Text) Encoded() []byte {
	if !t.Changed() {
		return t.raw
	}
	return t.encoding.encode(t.After())
}

// Stream joins texts to one stream of documents. One text keeps its encoding. Several are in UTF-8, with a line of
// dashes between two files.
func Stream(texts []*Text) []byte {
	if len(texts) == 1 {
		return texts[0].Encoded()
	}
	var out []byte
	for _, t := range texts {
		text := t.After()
		if t.Len() == 0 {
			continue
		}
		if len(out) > 0 {
			if !bytes.HasSuffix(out, []byte("\n")) {
				out = append(out, '\n')
			}
			if line, _, _ := bytes.Cut(text, []byte("\n")); !separates(line) && !endsWithDashes(out) {
				out = append(out, "---\n"...)
			}
		}
		out = append(out, text...)
	}
	return out
}

// endsWithDashes reports whether the last line separates documents.
func endsWithDashes(text []byte) bool {
	line := bytes.TrimSuffix(text, []byte("\n"))
	return separates(line[bytes.LastIndexByte(line, '\n')+1:])
}
