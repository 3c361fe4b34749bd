package document

import "strings"

// ToEnv prints the members of a JSON object as NAME=VALUE lines, in order:
// strings, numbers and truth values as their text, null as nothing. A POSIX
// shell (`set -a; . FILE`) and this package's parser read back the same bytes.
//
// A value of unsuspicious characters stands bare. Another stands in single
// quotes, where nothing is special; one with a single quote and nothing that
// double quotes would need an escape for stands in these, which other dotenv
// parsers read too; and what is left is written as the shell's 'it'\”s'.
//
// A member that is an object or an array, whose name is no shell variable's,
// or that holds a NUL, which no environment can, is a *MemberError.
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

// envRefusal says why a member cannot be an environment variable.
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
