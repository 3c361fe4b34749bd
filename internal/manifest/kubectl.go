package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	kubectlyaml "sigs.k8s.io/yaml"
)

// asKubectl reads a document with the library that kubectl uses. It follows YAML 1.1, where an unquoted n is a truth
// value and !!binary is decoded; package document follows YAML 1.2. A panic of the library would print the document, so
// it is caught here.
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

// kubectlReading is a document as kubectl reads it, or why kubectl cannot read it.
type kubectlReading struct {
	root any
	err  error
}

// asKubectl reads the document as kubectl does, the first time that it is called.
func (p *parsed) asKubectl() (root any, err error) {
	if p.kubectl == nil {
		object, err := asKubectl(p.text)
		if err == nil && decodeObject(object, &root) != nil {
			err = errKubectl
		}
		p.kubectl = &kubectlReading{root, err}
	}
	return p.kubectl.root, p.kubectl.err
}

// kubectlSecrets is the number of Secrets that kubectl would create from the document; 0 if it cannot read it. In YAML
// 1.2 a document may have no kind or another kind than for kubectl: with !!binary, with other tags, with a duplicate
// name, or with a merge key at the end. And for kubectl everything with items is a list, whatever its kind.
func (p *parsed) kubectlSecrets() int {
	root, err := p.asKubectl()
	if err != nil {
		return 0
	}
	objects, _ := walk{asKubectl: true}.objects(root)
	return len(slices.DeleteFunc(objects, func(o object) bool { return !o.isKubectlSecret() }))
}

const reasonKubectl = "kubectl takes it for a Secret, and it is written so that its kind is not certain: " +
	"write each Secret as a document with apiVersion: v1 and kind: Secret, without tags, merge keys and items"

// compareWithKubectl sets an error for each Secret that kubectl reads differently.
func (p *parsed) compareWithKubectl() {
	root, err := p.asKubectl()
	if err != nil {
		failAll(p.secrets, err)
		return
	}
	theirs, err := walk{}.objects(root)
	theirs = slices.DeleteFunc(theirs, func(o object) bool { return !o.isSecret() })
	if err != nil || len(theirs) != len(p.secrets) {
		failAll(p.secrets, errKubectl)
		return
	}
	for n := range p.secrets {
		i := &p.secrets[n]
		if i.err != nil {
			continue
		}
		if d := differingMaps(i.fields, theirs[n].fields); d != nil {
			i.fail(d.path, d.reason(*i))
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

// unlike is a place where two readings of an object differ.
type unlike struct {
	path         []string
	ours, theirs any // theirs is nil if the name is missing
	named        bool
}

// differing finds the first place where two readings differ; nil: none. The notation of numbers does not matter.
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

// reason says how to write the value so that both read the same.
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
	return fmt.Sprintf("kubectl reads %s differently: write it in quotes, without tags and merge keys", shownAs(u.path))
}

func shownAs(path []string) string {
	if len(path) > 0 && slices.Contains(append(fields(), "metadata", "type"), path[0]) {
		return path[0]
	}
	return "it"
}
