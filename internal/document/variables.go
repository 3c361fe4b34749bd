package document

import "strconv"

// Variable is one value in a document, under the names that lead to it.
type Variable struct {
	Name  string // joined with _; of a list's element, its number from 0
	Value string // a string's text, a number or a truth value as it is written, nothing for null
}

// Variables are the values of a document, in order: database.password becomes database_password. Names are as the
// document has them, and may be equal, or none that an environment takes. It fails where Check fails.
func Variables(format Format, data []byte) ([]Variable, error) {
	object, err := parse(format, data)
	if err != nil {
		return nil, err
	}
	return object.variables(nil, ""), nil
}

func (v *value) variables(found []Variable, name string) []Variable {
	switch v.kind {
	case kindObject, kindArray:
		for i, item := range v.items {
			step := strconv.Itoa(i)
			if v.kind == kindObject {
				step = v.names[i]
			}
			if name != "" {
				step = name + "_" + step
			}
			found = item.variables(found, step)
		}
		return found
	case kindNull:
		return append(found, Variable{Name: name})
	default:
		return append(found, Variable{Name: name, Value: v.text})
	}
}
