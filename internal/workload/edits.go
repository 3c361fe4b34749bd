package workload

import (
	"bytes"
	"encoding/json"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

func item(name string) patch.Step { return patch.Item(name) }

// insertFirst inserts items at the beginning of a list. It makes a list that does not exist. What others add to it
// later stays when inject is undone.
func (i *injection) insertFirst(items []any, at ...patch.Step) {
	for n, one := range items {
		i.insert(one, patch.Path(at).With(index(n))...)
	}
}

// insertLast inserts items at the end of a list.
func (i *injection) insertLast(items []any, at ...patch.Step) {
	for _, one := range items {
		i.insert(one, patch.Path(at).With(patch.End())...)
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
