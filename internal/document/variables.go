package document

import "strconv"

// Variable is one value in a document, named after its path.
type Variable struct {
	Name  string // the steps of the path joined with _; a list element counts from 0
	Value string // the text of a string, a number or boolean as written, empty for null
}

// Variables returns the values of a document in order: database.password becomes database_password. Names can be
// duplicates, and can be invalid in an environment. It fails exactly when Check fails.
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
