package manifest

import (
	"errors"
	"maps"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

// SecretEdit says what changes in a Secret of a Text.
type SecretEdit struct {
	At        *SecretAt
	Namespace string            // to set; empty: unchanged
	Name      string            // to set; empty: unchanged
	Set       map[string]string // values of entries. Each is then in one of data and stringData.
	Drop      []string          // entries
	Labels    map[string]string // to set
	// Annotations are those to set; a nil value removes one.
	Annotations map[string]any
}

// EditSecrets changes Secrets of the text. Everything else stays byte for byte: other documents, comments, order,
// quotes and line ends. It reads the result again and compares it. An error is of a Secret, with its file and line;
// then documents may have been replaced.
func (t *Text) EditSecrets(edits []SecretEdit) error {
	byDocument := map[int][]SecretEdit{}
	for _, e := range edits {
		byDocument[e.At.Document] = append(byDocument[e.At.Document], e)
	}
	for _, n := range slices.Sorted(maps.Keys(byDocument)) {
		all := byDocument[n]
		text, err := rewriteSecrets(t.Document(n), all)
		if err != nil {
			return t.In(culprit(all, err), err)
		}
		t.Replace(n, text)
	}
	return nil
}

// rewriteSecrets changes Secrets of one document.
func rewriteSecrets(text []byte, edits []SecretEdit) ([]byte, error) {
	before, err := parser(document.ToJSON).parse(text, false)
	if err != nil {
		return nil, err
	}
	d, err := patch.Parse(text)
	if err != nil {
		return nil, err
	}
	var all []patch.Edit
	for _, e := range edits {
		i := before.secretAt(e.At.items)
		if i == nil {
			return nil, errPlace
		}
		all = append(all, patch.Below(e.At.path(), e.patches(i.fields))...)
	}
	after, err := d.Rewrite(all)
	if err != nil {
		return nil, err
	}
	return after, checkEdited(before, edits, after)
}

// secretAt finds a Secret by the items that lead to it; nil: not found.
func (p *parsed) secretAt(items []int) *item {
	for n := range p.secrets {
		if slices.Equal(p.secrets[n].place, items) && p.secrets[n].secret != nil {
			return &p.secrets[n]
		}
	}
	return nil
}

// path leads to the Secret in its document.
func (s *SecretAt) path() patch.Path {
	var path patch.Path
	for _, n := range s.items {
		path = path.With(patch.Key("items"), patch.Index(n))
	}
	return path
}

// culprit is the Secret that an error is about, as far as that is known.
func culprit(edits []SecretEdit, err error) *SecretAt {
	if wrong, placed := errors.AsType[*patch.PathError](err); placed {
		for _, e := range edits {
			if at := e.At.path(); len(wrong.At) >= len(at) && wrong.At[:len(at)].String() == at.String() {
				return e.At
			}
		}
	}
	return edits[0].At
}

// patches are the edits of the Secret, whose fields are as they are in the text.
func (e SecretEdit) patches(fields map[string]any) []patch.Edit {
	set := func(value any, path ...patch.Step) patch.Edit {
		return patch.Edit{Op: patch.Set, At: path, Value: value}
	}
	metadata := func(field string) []patch.Step { return []patch.Step{patch.Key("metadata"), patch.Key(field)} }
	var all []patch.Edit
	if e.Namespace != "" {
		all = append(all, set(e.Namespace, metadata("namespace")...))
	}
	if e.Name != "" {
		all = append(all, set(e.Name, metadata("name")...))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Labels)) {
		all = append(all, set(e.Labels[name], append(metadata("labels"), patch.Key(name))...))
	}
	var removed []patch.Edit // last: a mapping that becomes empty changes its style
	for _, name := range slices.Sorted(maps.Keys(e.Annotations)) {
		path := append(metadata("annotations"), patch.Key(name))
		if value := e.Annotations[name]; value != nil {
			all = append(all, set(value, path...))
		} else {
			removed = append(removed, patch.Edit{Op: patch.Remove, At: path})
		}
	}
	return slices.Concat(all, removed, e.entryPatches(fields))
}

// entryPatches set each entry where its value is, which is stringData if it is in both fields, and remove it from the
// other: what the API server would not read is still a value in the file.
func (e SecretEdit) entryPatches(fields map[string]any) []patch.Edit {
	data, _ := fields["data"].(map[string]any)
	stringData, _ := fields["stringData"].(map[string]any)
	var all []patch.Edit
	gone := map[string][]string{"data": nil, "stringData": nil}
	for _, name := range slices.Sorted(maps.Keys(e.Set)) {
		_, inData := data[name]
		field := "data"
		if _, inStringData := stringData[name]; inStringData {
			field = "stringData"
			if inData {
				gone["data"] = append(gone["data"], name)
			}
		}
		all = append(all, patch.Edit{Op: patch.Set, At: patch.Path{patch.Key(field), patch.Key(name)},
			Value: encoded(field, e.Set[name])})
	}
	for _, name := range e.Drop {
		for field, entries := range map[string]map[string]any{"data": data, "stringData": stringData} {
			if _, found := entries[name]; found {
				gone[field] = append(gone[field], name)
			}
		}
	}
	for _, field := range []string{"data", "stringData"} {
		names := gone[field]
		if entries, _ := fields[field].(map[string]any); len(names) > 0 && len(names) == len(entries) {
			all = append(all, patch.Edit{Op: patch.Remove, At: patch.Path{patch.Key(field)}})
			continue
		}
		for _, name := range names {
			all = append(all, patch.Edit{Op: patch.Remove, At: patch.Path{patch.Key(field), patch.Key(name)}})
		}
	}
	return all
}

// checkEdited reads a document again: the Secrets must be as the edits say, all else as before.
func checkEdited(before *parsed, edits []SecretEdit, text []byte) error {
	after, err := parser(document.ToJSON).parse(text, false)
	if err != nil || len(before.secrets) != len(after.secrets) ||
		!reflect.DeepEqual(others(before.objects), others(after.objects)) {
		return patch.ErrForm
	}
	for _, e := range edits {
		i, want := after.secretAt(e.At.items), before.secretAt(e.At.items)
		if i == nil || !e.isIn(i.fields) {
			return patch.ErrForm
		}
		e.applyTo(want.secret)
	}
	for n := range before.secrets {
		was, is := before.secrets[n], after.secrets[n]
		same := apiequality.Semantic.DeepEqual(was.secret, is.secret)
		if !slices.Equal(was.place, is.place) || (was.err == nil) != (is.err == nil) || !same {
			return patch.ErrForm
		}
	}
	return nil
}

// isIn reports whether no field has an entry with another value than the edit's.
func (e SecretEdit) isIn(fields map[string]any) bool {
	for _, field := range []string{"data", "stringData"} {
		entries, _ := fields[field].(map[string]any)
		for name, value := range e.Set {
			if is, found := entries[name]; found && is != encoded(field, value) {
				return false
			}
		}
	}
	return true
}

// applyTo changes a decoded Secret in the same way.
func (e SecretEdit) applyTo(secret *corev1.Secret) {
	if e.Namespace != "" {
		secret.Namespace = e.Namespace
	}
	if e.Name != "" {
		secret.Name = e.Name
	}
	for name, value := range e.Set {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[name] = []byte(value)
	}
	for _, name := range e.Drop {
		delete(secret.Data, name)
	}
	if secret.Labels == nil {
		secret.Labels = map[string]string{}
	}
	maps.Copy(secret.Labels, e.Labels)
	if secret.Annotations == nil {
		secret.Annotations = map[string]string{}
	}
	for name, value := range e.Annotations {
		if text, isText := value.(string); isText {
			secret.Annotations[name] = text
		} else {
			delete(secret.Annotations, name)
		}
	}
}
