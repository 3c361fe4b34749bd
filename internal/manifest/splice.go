package manifest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// Change is a change of one Secret.
type Change struct {
	Secret *corev1.Secret    // from Secrets
	Set    map[string]string // values of entries, without characters that YAML or JSON would escape
	Drop   []string          // entries
	// Annotations are those to set; nil removes one.
	Annotations map[string]any
}

// Splice returns the text with the changes, in its encoding. Everything else stays byte for byte: comments, order,
// quotes, line ends and other documents. Splice reads the result again and compares it. It fails if a value cannot
// change alone, for example because it is an alias.
func (s *Sealed) Splice(changes []Change) ([]byte, error) {
	byPart := map[part][]placedChange{}
	bySecret := make(map[*corev1.Secret]located, len(s.secrets))
	for _, l := range s.secrets {
		bySecret[l.secret] = l
	}
	for _, change := range changes {
		l, found := bySecret[change.Secret]
		if !found {
			return nil, errors.New("the Secret is not of this text")
		}
		byPart[l.part] = append(byPart[l.part], placedChange{change, l.index})
	}
	var out bytes.Buffer
	at := 0
	for _, p := range slices.SortedFunc(maps.Keys(byPart), func(a, b part) int { return a.start - b.start }) {
		spliced, err := s.splicePart(p, byPart[p])
		if err != nil {
			return nil, err
		}
		out.Write(s.text[at:p.start])
		out.Write(spliced)
		at = p.end
	}
	out.Write(s.text[at:])
	return s.encoding.encode(out.Bytes()), nil
}

// placedChange is a change and the index of its Secret in the part.
type placedChange struct {
	Change

	index int
}

// splicePart changes one document. It sets values first and drops entries then, so that a new entry can follow one that
// is dropped.
func (s *Sealed) splicePart(p part, changes []placedChange) ([]byte, error) {
	was, err := parser(document.ToJSON).parse(s.text[p.start:p.end], false)
	if err != nil {
		return nil, err
	}
	text := was.text
	for _, step := range []func(splicer, Change) ([]edit, error){splicer.sets, splicer.drops} {
		root, err := treeOf(text)
		if err != nil {
			return nil, err
		}
		var edits []edit
		places := placesIn(text)
		for _, change := range changes {
			node := nodeAt(root, was.secrets[change.index].place)
			if node == nil {
				return nil, errPlace
			}
			made, err := step(splicer{text: text, places: places, secret: node}, change.Change)
			if err != nil {
				return nil, fmt.Errorf("secret %s: %w", change.Secret.Name, err)
			}
			edits = append(edits, made...)
		}
		if len(edits) == 0 {
			continue
		}
		text = apply(text, edits)
		if err := checkSpliced(root, text); err != nil {
			return nil, err
		}
	}
	if err := checkSecrets(was, changes, text); err != nil {
		return nil, err
	}
	return annotated(text, was, changes)
}

// annotated changes annotations of the Secrets of a document.
func annotated(text []byte, was *parsed, changes []placedChange) ([]byte, error) {
	var edits []SecretEdit
	for _, change := range changes {
		if len(change.Annotations) > 0 {
			at := &SecretAt{items: was.secrets[change.index].place}
			edits = append(edits, SecretEdit{At: at, Annotations: change.Annotations})
		}
	}
	if len(edits) == 0 {
		return text, nil
	}
	return rewriteSecrets(text, edits)
}

// edit replaces bytes by a text.
type edit struct {
	start, end int
	text       string
}

func apply(text []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(text[at:max(at, e.start)])
		out.WriteString(e.text)
		at = max(at, e.end)
	}
	out.Write(text[at:])
	return out.Bytes()
}

// ErrSplice says that the text has what is to be changed in an unusual form.
var ErrSplice = errors.New("the value cannot be replaced without other changes in the file")

// checkSecrets reads the objects of a document again: each must be as before, except for the change of its Secret. A
// value with an alias or in a merged mapping would change in several places, also in objects of other kinds.
func checkSecrets(want *parsed, changes []placedChange, is []byte) error {
	for _, change := range changes {
		secret := want.secrets[change.index].secret
		for name, value := range change.Set {
			secret.Data[name] = []byte(value)
		}
		for _, name := range change.Drop {
			delete(secret.Data, name)
		}
	}
	got, err := parser(document.ToJSON).parse(is, false)
	if err != nil || !slices.EqualFunc(want.secrets, got.secrets, sameItem) ||
		!reflect.DeepEqual(others(want.objects), others(got.objects)) {
		return ErrSplice
	}
	return nil
}

// others are the objects of a document that are no Secrets.
func others(objects []object) []object {
	return slices.DeleteFunc(slices.Clone(objects), object.isSecret)
}

// sameItem compares two Secrets; those that cannot be read by their JSON.
func sameItem(a, b item) bool {
	if a.err != nil || b.err != nil {
		return a.err != nil && b.err != nil && bytes.Equal(a.json, b.json)
	}
	return reflect.DeepEqual(a.secret, b.secret)
}

// checkSpliced reads a document again and compares it with the changed tree.
func checkSpliced(want *yaml.Node, text []byte) error {
	got, err := treeOf(text)
	if err != nil {
		return ErrSplice
	}
	var before, after any
	if want.Decode(&before) != nil || got.Decode(&after) != nil || !reflect.DeepEqual(before, after) {
		return ErrSplice
	}
	return nil
}

// splicer changes one Secret of a document: it changes its tree, and returns the edits that do the same in its text.
type splicer struct {
	text   []byte
	places *places
	secret *yaml.Node
}

func (s splicer) sets(change Change) ([]edit, error) {
	var edits []edit
	for _, name := range slices.Sorted(maps.Keys(change.Set)) {
		made, err := s.set(name, change.Set[name])
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", name, err)
		}
		edits = append(edits, made)
	}
	return edits, nil
}

func (s splicer) drops(change Change) ([]edit, error) {
	var edits []edit
	for _, name := range change.Drop {
		made, err := s.drop(name)
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", name, err)
		}
		edits = append(edits, made...)
	}
	return edits, nil
}

// fields are the names of the mappings of entries. The first takes precedence.
func fields() []string { return []string{"stringData", "data"} }

// encoded is a value in the encoding of a field.
func encoded(field, value string) string {
	if field == "data" {
		return base64.StdEncoding.EncodeToString([]byte(value))
	}
	return value
}

func (s splicer) set(name, value string) (edit, error) {
	for _, field := range fields() {
		mapping := member(s.secret, field)
		if mapping == nil {
			continue
		}
		node := member(mapping, name)
		if node == nil {
			continue
		}
		at, err := spanOf(s.places, node)
		if err != nil {
			return edit{}, err
		}
		text := at.written(encoded(field, value))
		was := node.Value
		node.Value = text
		if node.Style&yaml.LiteralStyle != 0 {
			ends := was[len(strings.TrimRight(was, "\n")):]
			node.Value = strings.ReplaceAll(text, at.lineEnd+at.indent, "\n") + ends
		}
		return edit{at.start, at.end, text}, nil
	}
	return s.add(name, value)
}
