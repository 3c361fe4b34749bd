package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	kubectlyaml "sigs.k8s.io/yaml"
)

// asKubectl reads a document as kubectl does, by the same library, which follows YAML 1.1 where document follows 1.2:
// there an unquoted n is a truth value, and !!binary is decoded. What panics would show the document.
func asKubectl(text []byte) (object []byte, err error) {
	defer func() {
		if recover() != nil {
			object, err = nil, errKubectl
		}
	}()
	if isObject(text) {
		return text, nil
	}
	if object, err = kubectlyaml.YAMLToJSON(text); err != nil {
		return nil, errKubectl
	}
	return object, nil
}

var errKubectl = errors.New("kubectl cannot read it: it follows YAML 1.1")

// sameAsKubectl makes sure that kubectl takes each Secret of a document for what was read here.
func sameAsKubectl(text []byte, items []item) {
	object, err := asKubectl(text)
	if err != nil {
		failAll(items, err)
		return
	}
	theirs, err := flattened(object)
	if err != nil || len(theirs) != len(items) {
		failAll(items, errKubectl)
		return
	}
	for n := range items {
		if items[n].err != nil {
			continue
		}
		var ours, other any
		if decodeObject(items[n].object, &ours) != nil || decodeObject(theirs[n], &other) != nil {
			items[n].err = errKubectl
			continue
		}
		if d := differing(ours, other); d != nil {
			items[n].fail(d.path, d.reason(items[n]))
		}
	}
}

func failAll(items []item, err error) {
	for n := range items {
		if items[n].err == nil {
			items[n].err = items[n].about(nil, err.Error())
		}
	}
}

func decodeObject(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// unlike is where two readings of an object differ.
type unlike struct {
	path         []string
	ours, theirs any // theirs is nil where it does not have the name at all
	named        bool
}

// differing finds the first place where two readings differ; nil: nowhere. How a number is written does not matter.
func differing(ours, theirs any) *unlike {
	switch o := ours.(type) {
	case json.Number:
		if _, number := theirs.(json.Number); number {
			return nil
		}
	case map[string]any:
		if t, ok := theirs.(map[string]any); ok {
			return differingMaps(o, t)
		}
	case []any:
		t, ok := theirs.([]any)
		if !ok || len(o) != len(t) {
			break
		}
		for n := range o {
			if d := differing(o[n], t[n]); d != nil {
				return d
			}
		}
		return nil
	}
	if reflect.DeepEqual(ours, theirs) {
		return nil
	}
	return &unlike{ours: ours, theirs: theirs, named: true}
}

func differingMaps(ours, theirs map[string]any) *unlike {
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		their, found := theirs[name]
		if !found {
			return &unlike{path: []string{name}}
		}
		if d := differing(ours[name], their); d != nil {
			d.path = append([]string{name}, d.path...)
			return d
		}
	}
	if len(theirs) > len(ours) {
		return &unlike{}
	}
	return nil
}

// reason says how to write it so that all read the same.
func (u *unlike) reason(of item) string {
	_, text := u.ours.(string)
	_, theirText := u.theirs.(string)
	switch {
	case !u.named:
		return "kubectl takes the name for a truth value or a number: put the name in quotes"
	case of.binary(u.path):
		return "kubectl decodes !!binary: put the base64 text under data, without the tag"
	case text && !theirText:
		return "kubectl takes the value for a truth value or a number: put the value in quotes"
	}
	return fmt.Sprintf("kubectl reads %s otherwise: write it in quotes, without tags and merge keys", shownAs(u.path))
}

func shownAs(path []string) string {
	if len(path) > 0 && slices.Contains(append(fields(), "metadata", "type"), path[0]) {
		return path[0]
	}
	return "it"
}
