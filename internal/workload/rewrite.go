package workload

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

// Decode reads a document of YAML or JSON as kubectl does.
type Decode func(text []byte) (any, error)

// Note is something to know about a workload.
type Note struct {
	Object string // such as deployment/shop
	Text   string
}

// Rewritten is a document after inject or uninject.
type Rewritten struct {
	Text    []byte
	Changed []string // the workloads that were changed
	Notes   []Note

	pinned map[string]Pinned // what an earlier inject pinned, by the place of the workload
}

// Restore undoes inject in a document. Without an injected workload the text is the same.
func Restore(text []byte, decode Decode) (*Rewritten, error) {
	objects, err := decodeObjects(text, decode)
	if err != nil {
		return nil, err
	}
	out := &Rewritten{Text: text, pinned: map[string]Pinned{}}
	var all []patch.Edit
	var changed []Object
	for _, o := range objects {
		record, err := o.record()
		if err != nil {
			return nil, err
		}
		if record == "" {
			continue
		}
		t, err := o.readTemplate()
		if err != nil {
			return nil, err
		}
		edits, err := o.restoring(record, &t.Spec)
		if err != nil {
			return nil, err
		}
		out.pinned[o.At.String()], _ = PinnedIn(&t.Spec, o.Namespace())
		all = append(all, edits...)
		changed = append(changed, o)
		out.Changed = append(out.Changed, o.String())
	}
	if len(all) == 0 {
		return out, nil
	}
	if out.Text, _, err = apply(text, all); err != nil {
		return nil, culprit(changed, err).badRecord(recordOutdated)
	}
	return out, checkRestored(out.Text, decode, changed)
}

// checkRestored checks that nothing of inject is left in workloads.
func checkRestored(text []byte, decode Decode, workloads []Object) error {
	objects, err := decodeObjects(text, decode)
	if err != nil {
		return workloads[0].badRecord(recordOutdated)
	}
	restored := byPlace(objects)
	for _, before := range workloads {
		o := restored[before.At.String()]
		t, err := o.readTemplate()
		if err != nil {
			return before.badRecord(recordOutdated)
		}
		record, err := o.record()
		if what, name := ours(&t.Spec); what != "" || record != "" || err != nil {
			reason := recordOutdated
			if what != "" {
				reason += ": " + what + " " + name + " would stay"
			}
			return before.badRecord(reason)
		}
	}
	return nil
}

func byPlace(objects []Object) map[string]Object {
	found := map[string]Object{}
	for _, o := range objects {
		found[o.At.String()] = o
	}
	return found
}

func decodeObjects(text []byte, decode Decode) ([]Object, error) {
	root, err := decode(text)
	if err != nil {
		return nil, err
	}
	return Objects(root)
}

// Rewrite injects the workloads of a document. It undoes an earlier inject first, so that the settings take effect.
func Rewrite(text []byte, decode Decode, known Known, settings Settings) (*Rewritten, error) {
	restored, err := Restore(text, decode)
	if err != nil {
		return nil, err
	}
	out := &Rewritten{Text: restored.Text}
	objects, err := decodeObjects(out.Text, decode)
	if err != nil {
		return nil, err
	}
	var edits []patch.Edit
	var changed []Object
	for _, o := range objects {
		o.before = restored.pinned[o.At.String()]
		injection, err := Inject(o, known, settings)
		if err != nil {
			return nil, err
		}
		for _, note := range injection.Notes {
			out.Notes = append(out.Notes, Note{Object: o.String(), Text: note})
		}
		if len(injection.Edits) > 0 {
			edits = append(edits, injection.Edits...)
			changed = append(changed, o)
			out.Changed = append(out.Changed, o.String())
		}
	}
	if len(changed) == 0 {
		return out, nil
	}
	text, notes, err := applyRecording(out.Text, changed, edits, decode)
	out.Text, out.Notes = text, append(out.Notes, notes...)
	return out, err
}

// applyRecording applies the edits of objects, and adds to each the annotation that undoes them, itself included.
func applyRecording(text []byte, objects []Object, edits []patch.Edit, decode Decode) ([]byte, []Note, error) {
	records := make([]patch.Edit, len(objects))
	for n, o := range objects {
		records[n] = patch.Edit{Op: patch.Set, At: o.recordPath(), Value: ""}
	}
	text, undo, err := apply(text, append(edits, records...))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", culprit(objects, err), err)
	}
	all, err := decodeObjects(text, decode)
	if err != nil {
		return nil, nil, err
	}
	injected := byPlace(all)
	var notes []Note
	byObject := undoOf(objects, undo)
	for n, o := range objects {
		at := o.At.String()
		if records[n].Value, err = injected[at].recording(byObject[at]); err != nil {
			return nil, nil, err
		}
		notes = append(notes, noteComments(o, byObject[at])...)
	}
	text, _, err = apply(text, records)
	return text, notes, err
}

// culprit is the object that an error of package patch is about.
func culprit(objects []Object, err error) Object {
	var wrong *patch.PathError
	if errors.As(err, &wrong) {
		for _, o := range objects {
			if hasPrefix(wrong.At, o.At) {
				return o
			}
		}
	}
	return objects[0]
}

func apply(text []byte, edits []patch.Edit) ([]byte, []patch.Edit, error) {
	document, err := patch.Parse(text)
	if err != nil {
		return nil, nil, err
	}
	return document.Apply(edits)
}
