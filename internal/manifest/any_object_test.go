package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestReadObjects(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing": {"# only a comment\n", ""},
		"documents": {"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n---\napiVersion: apps/v1\nkind: Deployment\n",
			"v1 Pod 1, apps/v1 Deployment 6"},
		"JSON":           {`{"apiVersion": "v1", "kind": "Pod"}` + "\n" + `{"apiVersion": "v1", "kind": "Service"}`, "v1 Pod 1, v1 Service 2"},
		"a list":         {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- {apiVersion: batch/v1, kind: Job}\n", "v1 Pod 1, batch/v1 Job 1"},
		"a list of Jobs": {"apiVersion: batch/v1\nkind: JobList\nitems:\n- {metadata: {name: a}}\n", "batch/v1 Job 1"},
	} {
		objects, err := ReadObjects([]byte(test.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, o := range objects {
			got = append(got, fmt.Sprint(o.Version, " ", o.Kind, " ", o.Line))
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%s: %s, want %s", name, text, test.want)
		}
	}
}

func TestReadObjectsOfBadTexts(t *testing.T) {
	for name, text := range map[string]string{
		"no YAML":        "kind: Pod\n\tplanted: value\n",
		"twice the same": "kind: Pod\nkind: planted\n",
		"two documents":  "kind: Pod\n---\n- planted\n---\nkind: {planted\n",
	} {
		objects, err := ReadObjects([]byte(text))
		var placed *Error
		if !errors.As(err, &placed) || len(objects) > 0 || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v, %v", name, objects, err)
		}
	}
}
