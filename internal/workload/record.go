package workload

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

// RecordAnnotation is the annotation of an injected workload. It has the edits that restore the manifest.
const RecordAnnotation = "vaultseal.dev/injected"

func (o Object) recordPath() patch.Path {
	return o.At.With(key("metadata"), key("annotations"), key(RecordAnnotation))
}

// record returns the record of an injected workload; empty: it is not injected.
func (o Object) record() (string, error) {
	annotations, _ := o.metadata()["annotations"].(map[string]any)
	value, found := annotations[RecordAnnotation]
	if !found || !o.IsWorkload() {
		return "", nil
	}
	record := text(value)
	if record == "" {
		return "", o.badRecord("it is empty or not text")
	}
	return record, nil
}

func (o Object) badRecord(reason string) *Error {
	return o.fail(BadRecord, fmt.Sprintf("annotation %s does not restore the manifest: %s", RecordAnnotation, reason))
}

// The reasons why a record does not restore a manifest.
const (
	recordForeign  = "it changes more than inject does"
	recordOutdated = "the manifest was changed where inject changed it"
)

// restoring reads the edits of a record, as edits of the document. Others may have written the record: its edits stay
// within what inject changes. Others may also have changed the manifest: what inject left is still there.
func (o Object) restoring(record string, spec *corev1.PodSpec) ([]patch.Edit, error) {
	var edits []patch.Edit
	if err := json.Unmarshal([]byte(record), &edits); err != nil {
		return nil, o.badRecord("it is not well-formed")
	}
	edits, reason := undoChecked(edits, o.templatePath().With(key("spec")), spec)
	if reason != "" {
		return nil, o.badRecord(reason)
	}
	return patch.Below(o.At, edits), nil
}

func hasPrefix(path, prefix patch.Path) bool {
	return len(path) > len(prefix) && path[:len(prefix)].String() == prefix.String()
}

// undoOf returns the edits that restore each object, by its place, as edits of the object.
func undoOf(objects []Object, edits []patch.Edit) map[string][]patch.Edit {
	depths := map[int]bool{}
	found := map[string][]patch.Edit{}
	for _, o := range objects {
		depths[len(o.At)] = true
		found[o.At.String()] = nil
	}
	for _, edit := range edits {
		for depth := range depths {
			if len(edit.At) <= depth {
				continue
			}
			at := edit.At[:depth].String()
			if _, is := found[at]; is {
				edit.At = edit.At[depth:]
				found[at] = append(found[at], edit)
				break
			}
		}
	}
	return found
}

// recording writes the record of edits that restore an object. It refuses a manifest that the record could not restore,
// such as one that has two sources for one value, which the API server refuses too.
func (o Object) recording(edits []patch.Edit) (string, error) {
	t, err := o.readTemplate()
	if err != nil {
		return "", err
	}
	for n, edit := range edits {
		edits[n].Left = leftAt(edit, o.templatePath().With(key("spec")), &t.Spec)
	}
	text, err := json.Marshal(edits)
	if err != nil {
		return "", err
	}
	if _, err := o.restoring(string(text), &t.Spec); err != nil {
		return "", o.fail(NotWellFormed, "a volume or a variable with a sealed Secret has more than one source")
	}
	return string(text), nil
}

// noteComments says that comments get into the cluster with the record.
func noteComments(o Object, edits []patch.Edit) []Note {
	if !slices.ContainsFunc(edits, patch.Edit.KeepsComment) {
		return nil
	}
	return []Note{{Object: o.String(), Text: "the annotation " + RecordAnnotation +
		" has comments of the manifest, which the cluster then stores"}}
}
