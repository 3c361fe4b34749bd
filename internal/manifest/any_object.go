package manifest

import "github.com/vaultseal/kubectl-vaultseal/internal/document"

// Object is a Kubernetes object of any kind.
type Object struct {
	Version, Kind string // of apiVersion and kind
	Fields        map[string]any
	Line          int // of its document, from 1
}

// ReadObjects returns the objects of a text, with the items of each list in place of the list, as kubectl reads them.
// An error contains no value of the text.
func ReadObjects(raw []byte) ([]Object, error) {
	d, err := split(raw)
	if err != nil {
		return nil, err
	}
	var all []Object
	for _, p := range d.parts {
		objects, err := objectsIn(d.of(p))
		if err != nil {
			return nil, p.in(err, len(d.parts))
		}
		for _, o := range objects {
			all = append(all, Object{Version: o.version, Kind: o.kind, Fields: o.fields, Line: p.line + 1})
		}
		if len(all) > maxObjects {
			return nil, ErrTooMany
		}
	}
	return all, nil
}

// objectsIn returns the objects of one document.
func objectsIn(text []byte) ([]object, error) {
	if err := checkLines(text); err != nil {
		return nil, err
	}
	json, _, err := parser(document.ToJSON).object(text)
	if err != nil {
		return nil, err
	}
	var root any
	if err := decodeObject(json, &root); err != nil {
		return nil, err
	}
	return walk{asKubectl: true}.objects(root)
}
