package workload

import (
	"bytes"
	"encoding/json"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

func item(name string) patch.Step { return patch.Item(name) }

// insertFirst inserts items at the beginning of a list. Without a list, or with an empty one, it makes the list.
func (i *injection) insertFirst(items []any, exists bool, at ...patch.Step) {
	switch {
	case len(items) == 0:
	case !exists:
		i.set(items, at...)
	default:
		for n, one := range items {
			i.insert(one, patch.Path(at).With(index(n))...)
		}
	}
}

// insertLast inserts items at the end of a list.
func (i *injection) insertLast(items []any, exists bool, at ...patch.Step) {
	switch {
	case len(items) == 0:
	case !exists:
		i.set(items, at...)
	default:
		for _, one := range items {
			i.insert(one, patch.Path(at).With(patch.End())...)
		}
	}
}

// asJSON writes an object of the API, in the order of its fields and without the empty ones that its type has.
func asJSON(object any) any {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err) // the types of the API can be written
	}
	return json.RawMessage(bytes.ReplaceAll(text, []byte(`,"resources":{}`), nil))
}
