package manifest

import (
	"bytes"
	"encoding/base64"
	"maps"
	"runtime"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// FileForm describes the Secrets of a file, for a check of its text.
type FileForm struct {
	Path    string // as Text.Name shows it
	Secrets []SecretForm
	// Unread are the documents and Secrets that cannot be read.
	Unread []*Error
	// Err says why the file cannot be read.
	Err error
}

// SecretForm describes a Secret as it is written.
type SecretForm struct {
	// Secret has stringData merged into its data, as the API server does. Without a name it has a generateName. Texts
	// in it can be templates: see IsTemplate.
	Secret *corev1.Secret
	// Values are those of data, then those of stringData, sorted by entry. Both can have a value of one entry.
	Values []ValueForm
	// Templates are the lines in stringData and data that a template makes as a whole.
	Templates []int
	// Unknown is a field that a Secret does not have, such as stringdata, or a path with one; empty: none.
	Unknown []string

	item item
	line int // number of lines before the document
}

// ValueForm is a value of an entry.
type ValueForm struct {
	Entry string
	Line  int // from 1
	// Value is not encoded. It is empty for a template, and the text in one that prints a text of its own, such as
	// {{ "password" | b64enc }} and {{ .Values.password | default "password" }}.
	Value []byte
	// IsTemplate reports whether a template makes all of the value, and prints no text of its own.
	IsTemplate bool
}

// Line is the line of the last name of a path that can be found, from 1.
func (s SecretForm) Line(path ...string) int {
	return s.line + max(1, s.item.lineOf(path))
}

// moveTo adds the number of lines before the document.
func (s *SecretForm) moveTo(line int) {
	s.line = line
	for n := range s.Templates {
		s.Templates[n] += line
	}
	for n := range s.Values {
		s.Values[n].Line = line + max(1, s.Values[n].Line)
	}
}

// IsTemplate reports whether a template makes a part of a text.
func IsTemplate(text string) bool { return isTemplate([]byte(text)) }

// ReadForms reads the Secrets of files and directories, and calls yield for each file that it can find, one at a time
// and in no particular order. Which files it reads, and content, are as in ReadFiles. The error lists all paths that
// cannot be read. There is no limit on the number of files: only a few are in memory at once.
//
// In a template, such as those of Helm, actions are taken as text. So the rest of the template can be read.
func ReadForms(paths []string, recursive bool, content func(path string) ([]byte, error), yield func(FileForm)) error {
	files := make(chan found)
	var readers sync.WaitGroup
	var one sync.Mutex
	say := func(form FileForm) {
		one.Lock()
		defer one.Unlock()
		yield(form)
	}
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for file := range files {
				say(formOf(file))
			}
		})
	}
	f := finder{recursive: recursive, content: content, seen: map[string]bool{}}
	f.take = func(file found) error {
		files <- file
		return nil
	}
	f.leave = func(path string, err error) { say(FileForm{Path: path, Err: withoutPath(err)}) }
	err := f.findAll(paths)
	close(files)
	readers.Wait()
	return err
}

// formOf reads a file.
func formOf(file found) FileForm {
	form := FileForm{Path: (&Text{Path: file.path}).Name()}
	d, err := split(file.text)
	if err != nil {
		form.Err = err
		return form
	}
	for _, p := range d.parts {
		if cannotBeSecret(d.of(p)) {
			continue
		}
		secrets, unread := formsOf(d.of(p))
		for n := range secrets {
			secrets[n].moveTo(p.line)
		}
		form.Secrets = append(form.Secrets, secrets...)
		for _, err := range unread {
			form.Unread = append(form.Unread, p.in(err, 1)) // the line is enough
		}
	}
	return form
}

// cannotBeSecret reports whether a document is complete and is not a Secret, however it is read. Most documents of most
// repositories are not Secrets. They need no parser.
func cannotBeSecret(text []byte) bool {
	if isTemplate(text) || bytes.Contains(text, []byte("Secret")) || mayHideWord(text) || mentionsSeal(text) {
		return false
	}
	return bytes.HasPrefix(text, []byte("kind:")) || bytes.Contains(text, []byte("\nkind:")) ||
		!bytes.Contains(text, []byte("apiVersion")) && !bytes.Contains(text, []byte("ata"))
}

// mayHideWord reports whether a word of the document may be written with other characters than its own: with an escape
// of JSON or YAML, over two lines, or as !!binary, whose tag may have escapes itself.
func mayHideWord(text []byte) bool {
	for _, escape := range []string{`\x`, `\u`, `\U`, "\\\n", "\\\r"} {
		if bytes.Contains(text, []byte(escape)) {
			return true
		}
	}
	return bytes.Contains(text, []byte("!")) && (bytes.Contains(text, []byte("binary")) ||
		bytes.Contains(text, []byte("%")))
}

// formsOf reads the Secrets of a document.
func formsOf(text []byte) (secrets []SecretForm, unread []error) {
	items, err := formItems(text)
	mask := masked{}
	unclear := err != nil || len(items) == 0 || slices.ContainsFunc(items, func(i item) bool { return i.err != nil })
	switch {
	case !isTemplate(text) || !unclear:
	case err == nil && len(items) == 0 && mayMakeSecret(text):
		err = &Error{Line: firstLine(text), Reason: ReasonTemplate}
	case !templateKind().Match(text) && !mayMakeSecret(text):
		if m, ok := maskTemplate(text); ok {
			if masked, maskedErr := formItems(m.text); maskedErr == nil {
				items, err, mask = masked, nil, m
			}
		}
	}
	if err != nil {
		unread = append(unread, err)
	}
	for _, i := range items {
		if i.err != nil {
			unread = append(unread, mask.inError(i.err))
			continue
		}
		secrets = append(secrets, i.form(mask))
	}
	return secrets, unread
}

// templateKind matches a document whose kind a template makes. It may be a Secret.
var templateKind = lazyregexp.New(`(?m)^kind\s*:\s*["']?\{\{`)

// mayMakeSecret reports whether a template may make the kind of an object that has values.
func mayMakeSecret(text []byte) bool {
	kinds := kindLine().FindAllSubmatch(text, -1)
	return dataLine().Match(text) && slices.ContainsFunc(kinds, func(kind [][]byte) bool {
		return isTemplate(kind[1])
	})
}

// formItems are the Secrets of a document. A Secret may have only a generateName.
func formItems(text []byte) ([]item, error) {
	items, err := secretsOf(text)
	for n := range items {
		i := &items[n]
		if i.unnamed && i.secret.GenerateName != "" {
			i.err = i.checkNames()
		}
	}
	if mayBeValues(err) {
		err = nil
	}
	return items, err
}

// form describes the Secret as it is written.
func (i item) form(mask masked) SecretForm {
	form := SecretForm{Secret: mask.secret(i.secret), item: i}
	if i.unknown {
		form.Unknown = unknownPath(i.fields)
	}
	for _, field := range []string{"data", "stringData"} {
		values, _ := i.fields[field].(map[string]any)
		made, others := mask.valuesOf(i.node, field)
		for _, entry := range slices.Sorted(maps.Keys(values)) {
			text, _ := values[entry].(string)
			if actions, ok := made[entry]; ok {
				text = actions
			}
			value := valueForm(field, mask.restored(text))
			value.Entry, value.Line = mask.restored(entry), i.lineOf([]string{field, entry})
			form.Values = append(form.Values, value)
		}
		form.Templates = append(form.Templates, others...)
	}
	return form
}

// valueForm is a value of data or stringData. That of data is base64, or a template.
func valueForm(field, text string) ValueForm {
	form := ValueForm{Value: []byte(text)}
	if actions := actionsOf(text); len(actions) > 0 {
		form.Value = []byte(literalOf(actions))
		form.IsTemplate = len(form.Value) == 0
	} else if field == "data" {
		if value, err := base64.StdEncoding.DecodeString(text); err == nil {
			form.Value = value
		}
	}
	return form
}
