package document

import "strings"

// ToEnv prints the members of a JSON object as NAME=VALUE lines in order: strings, numbers and booleans as their text,
// null as an empty value. A POSIX shell (`set -a; . FILE`) and this package's parser read back the same bytes.
//
// An object, an array, a name that is not valid in a shell, and a NUL, which no environment can hold, are a
// *MemberError.
func ToEnv(json []byte) ([]byte, error) {
	if err := checkText(JSON, json); err != nil {
		return nil, err
	}
	object, err := parseJSONObject(json)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(json))
	for i, name := range object.names {
		item := object.items[i]
		if reason := envRefusal(name, item); reason != "" {
			return nil, &MemberError{Name: name, Reason: reason}
		}
		out = append(append(out, name...), '=')
		if item.kind != kindNull {
			out = append(out, quoteEnv(item.text)...)
		}
		out = append(out, '\n')
	}
	return out, nil
}

// envRefusal returns why a member cannot be an environment variable, or an empty string.
func envRefusal(name string, item *value) string {
	switch {
	case !isShellName(name):
		return "want a name of letters, digits and _, not starting with a digit"
	case item.kind == kindObject:
		return "want a string, number, boolean or null, not an object"
	case item.kind == kindArray:
		return "want a string, number, boolean or null, not an array"
	case strings.Contains(item.text, "\x00"):
		return "NUL character in the value"
	default:
		return ""
	}
}

func isShellName(name string) bool {
	for i := range len(name) {
		if !isShellByte(name[i]) || i == 0 && isDigit(name[i]) {
			return false
		}
	}
	return name != ""
}
