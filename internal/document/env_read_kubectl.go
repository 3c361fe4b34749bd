package document

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is one NAME=VALUE of an env file as kubectl reads it.
type Line struct{ Name, Value string }

var envName = regexp.MustCompile(`^[-._a-zA-Z][-._a-zA-Z0-9]*$`)

// ParseEnvLines reads an env file as kubectl create secret --from-env-file does, which is not the dotenv grammar:
// every line is NAME=VALUE, the value is all that follows the sign, quotes and blanks included, lines that begin
// with # are comments, and a NAME alone takes its value from the environment. Unlike kubectl, a name that lookup
// does not know and one that stands twice are errors. No error quotes the file.
func ParseEnvLines(data []byte, lookup func(name string) (string, bool)) ([]Line, error) {
	if !utf8.Valid(data) {
		return nil, errors.New(reasonUTF8)
	}
	var lines []Line
	taken := map[string]bool{}
	number := 0
	for text := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		number++
		line := strings.TrimLeftFunc(strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), unicode.IsSpace)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, given := strings.Cut(line, "=")
		if !envName.MatchString(name) {
			return nil, fmt.Errorf("line %d: %s", number, reasonName)
		}
		if !given {
			if value, given = lookup(name); !given {
				return nil, fmt.Errorf("line %d: it has no value, and the environment has no variable of that name", number)
			}
		}
		if taken[name] {
			return nil, fmt.Errorf("line %d: %s", number, reasonDuplicate)
		}
		taken[name] = true
		lines = append(lines, Line{name, value})
	}
	return lines, nil
}
