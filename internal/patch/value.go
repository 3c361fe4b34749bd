package patch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// Object is a mapping whose keys are written in this order. The keys of a Go map are written sorted, and those of a
// struct as encoding/json writes them.
type Object []Member

// Member is one key of an Object and its value.
type Member struct {
	Name  string
	Value any
}

// MarshalJSON writes the members in their order.
func (o Object) MarshalJSON() ([]byte, error) {
	value, err := o.ordered()
	if err != nil {
		return nil, err
	}
	return appendJSON(nil, value), nil
}

// ordered returns the members with values that are ordered too.
func (o Object) ordered() (Object, error) {
	out := make(Object, len(o))
	for n, member := range o {
		value, err := ordered(member.Value)
		if err != nil {
			return nil, err
		}
		out[n] = Member{member.Name, value}
	}
	return out, nil
}

// appendJSON writes an ordered value.
func appendJSON(out []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, value)
	case json.Number:
		return append(out, value...)
	case string:
		return append(out, quotedJSON(value)...)
	case []any:
		out = append(out, '[')
		for n, item := range value {
			if n > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, item)
		}
		return append(out, ']')
	case Object:
		out = append(out, '{')
		for n, member := range value {
			if n > 0 {
				out = append(out, ',')
			}
			out = append(append(out, quotedJSON(member.Name)...), ':')
			out = appendJSON(out, member.Value)
		}
		return append(out, '}')
	}
	return out // ordered makes no others
}

// ordered converts what JSON can carry to nil, bool, json.Number, string, []any and Object.
func ordered(value any) (any, error) {
	switch value := value.(type) {
	case nil, bool:
		return value, nil
	case Object:
		return value.ordered()
	case []any:
		out := make([]any, len(value))
		for n, item := range value {
			var err error
			if out[n], err = ordered(item); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("value of an edit: %w", err)
	}
	return readOrdered(text)
}

// readOrdered reads JSON text.
func readOrdered(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := orderedToken(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

func orderedToken(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			item, err := orderedToken(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err = decoder.Token()
		return list, err
	case json.Delim('{'):
		object := Object{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := orderedToken(decoder)
			if err != nil {
				return nil, err
			}
			object = append(object, Member{name.(string), value})
		}
		_, err = decoder.Token()
		return object, err
	}
	return token, nil
}

// sequence is a list of a decoded document.
type sequence struct {
	items []any
	names map[string]*named // by field and text; nil: not made
	field string            // of names
}

// named counts the items that have a name. One of them was at hint.
type named struct{ count, hint int }

// tree converts ordered to values that can be changed: Objects become maps, lists become *sequence.
func tree(value any) any {
	switch value := value.(type) {
	case Object:
		mapping := make(map[string]any, len(value))
		for _, member := range value {
			mapping[member.Name] = tree(member.Value)
		}
		return mapping
	case []any:
		items := make([]any, len(value))
		for n, item := range value {
			items[n] = tree(item)
		}
		return &sequence{items: items}
	}
	return value
}

// untree is the reverse of tree, with keys in the order of the alphabet.
func untree(value any) any {
	switch value := value.(type) {
	case map[string]any:
		object := make(Object, 0, len(value))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			object = append(object, Member{name, untree(value[name])})
		}
		return object
	case *sequence:
		items := make([]any, len(value.items))
		for n, item := range value.items {
			items[n] = untree(item)
		}
		return items
	}
	return value
}

// text is the text that an item has in a field.
func (s *sequence) text(n int, field string) (string, bool) {
	mapping, isMapping := s.items[n].(map[string]any)
	text, isText := mapping[field].(string)
	return text, isMapping && isText
}

// find returns the number of the only item that has a text in a field.
func (s *sequence) find(field, text string) (int, error) {
	if s.names == nil || s.field != field {
		s.names, s.field = map[string]*named{}, field
		for n := range s.items {
			s.count(n, 1)
		}
	}
	found := s.names[text]
	switch {
	case found == nil || found.count == 0:
		return 0, ErrAbsent
	case found.count > 1:
		return 0, ErrAmbiguous
	}
	for distance := 0; ; distance++ {
		for _, n := range []int{found.hint - distance, found.hint + distance} {
			if n < 0 || n >= len(s.items) {
				continue
			}
			if has, isText := s.text(n, field); isText && has == text {
				found.hint = n
				return n, nil
			}
		}
	}
}

// count counts an item's name in or out.
func (s *sequence) count(n, by int) {
	text, isText := s.text(n, s.field)
	if s.names == nil || !isText {
		return
	}
	if s.names[text] == nil {
		s.names[text] = &named{}
	}
	s.names[text].count += by
	s.names[text].hint = n
}

func (s *sequence) insert(n int, value any) {
	s.items = slices.Insert(s.items, n, value)
	s.count(n, 1)
}

func (s *sequence) remove(n int) {
	s.count(n, -1)
	s.items = slices.Delete(s.items, n, n+1)
}
