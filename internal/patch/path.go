package patch

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// Step is one step of a path. Use Key, Item, Where, Index and End.
type Step struct {
	kind  stepKind
	name  string // the key, or the value of field
	field string // what identifies the item of a list
	index int
}

type stepKind int

const (
	stepKey stepKind = iota
	stepWhere
	stepIndex
	stepEnd
)

// Key leads to the value of a key in a mapping.
func Key(name string) Step { return Step{kind: stepKey, name: name} }

// Item leads to the item of a list whose "name" is this.
func Item(name string) Step { return Where("name", name) }

// Where leads to the item of a list that has this text in a field.
func Where(field, text string) Step { return Step{kind: stepWhere, field: field, name: text} }

// Index leads to an item of a list by its number from 0.
func Index(n int) Step { return Step{kind: stepIndex, index: n} }

// End is the place behind the last item of a list.
func End() Step { return Step{kind: stepEnd} }

// Path leads from the top of a document to a value. Its text form is
//
//	spec.template.spec.containers[app].volumeMounts[mountPath="/tls"].readOnly
//
// with keys, names of items, numbers of items, [field=text] and [-] for the end of a list. Keys and names that contain
// other characters than letters, digits, - and _ have double quotes, as in JSON.
type Path []Step

// With returns the path with more steps.
func (p Path) With(steps ...Step) Path {
	return append(append(make(Path, 0, len(p)+len(steps)), p...), steps...)
}

// String returns the text form.
func (p Path) String() string {
	var out strings.Builder
	for n, step := range p {
		switch {
		case step.kind == stepKey && n > 0:
			out.WriteString("." + word(step.name))
		case step.kind == stepKey:
			out.WriteString(word(step.name))
		default:
			out.WriteString("[" + step.inBrackets() + "]")
		}
	}
	return out.String()
}

func (s Step) inBrackets() string {
	switch {
	case s.kind == stepIndex:
		return strconv.Itoa(s.index)
	case s.kind == stepEnd:
		return "-"
	case s.field == "name":
		return word(s.name)
	}
	return word(s.field) + "=" + word(s.name)
}

var plainWord = lazyregexp.New(`^[A-Za-z0-9_-]*[A-Za-z_][A-Za-z0-9_-]*`)

// word writes a name with quotes if it needs them.
func word(name string) string {
	if name != "" && len(plainWord().FindString(name)) == len(name) {
		return name
	}
	quoted, err := json.Marshal(name)
	if err != nil { // it never fails for a string
		return strconv.Quote(name)
	}
	return string(quoted)
}

// MarshalText returns the text form.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the text form.
func (p *Path) UnmarshalText(text []byte) error {
	parsed, err := ParsePath(string(text))
	*p = parsed
	return err
}

// ParsePath reads the text form of a path.
func ParsePath(text string) (Path, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("a path is UTF-8")
	}
	r := pathReader{text: text, rest: text}
	var path Path
	for r.rest != "" {
		step, err := r.step(len(path) == 0)
		if err != nil {
			return nil, err
		}
		path = append(path, step)
	}
	return path, nil
}

type pathReader struct{ text, rest string }

func (r *pathReader) fail(want string) error {
	return fmt.Errorf("path %q, character %d: want %s", r.text, len(r.text)-len(r.rest)+1, want)
}

func (r *pathReader) take(prefix string) bool {
	rest, found := strings.CutPrefix(r.rest, prefix)
	r.rest = rest
	return found
}

func (r *pathReader) step(first bool) (Step, error) {
	switch {
	case r.take("["):
		step, err := r.bracketed()
		if err == nil && !r.take("]") {
			err = r.fail("]")
		}
		return step, err
	case !first && !r.take("."):
		return Step{}, r.fail(". or [")
	}
	name, err := r.word()
	return Key(name), err
}

func (r *pathReader) bracketed() (Step, error) {
	if r.take("-]") {
		r.rest = "]" + r.rest
		return End(), nil
	}
	digits := len(r.rest) - len(strings.TrimLeft(r.rest, "0123456789"))
	if digits > 0 && strings.HasPrefix(r.rest[digits:], "]") {
		n, err := strconv.Atoi(r.rest[:digits])
		if err != nil || strconv.Itoa(n) != r.rest[:digits] {
			return Step{}, r.fail("the number of an item")
		}
		r.rest = r.rest[digits:]
		return Index(n), nil
	}
	name, err := r.word()
	if err != nil || !r.take("=") {
		return Item(name), err
	}
	text, err := r.word()
	return Where(name, text), err
}

// word reads a name, with or without quotes.
func (r *pathReader) word() (string, error) {
	if !strings.HasPrefix(r.rest, `"`) {
		name := plainWord().FindString(r.rest)
		if name == "" {
			return "", r.fail("a name")
		}
		r.rest = r.rest[len(name):]
		return name, nil
	}
	decoder := json.NewDecoder(strings.NewReader(r.rest))
	var name string
	if err := decoder.Decode(&name); err != nil {
		return "", r.fail("a name in double quotes")
	}
	r.rest = r.rest[decoder.InputOffset():]
	return name, nil
}
