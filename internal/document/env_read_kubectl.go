package document

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// Line is one NAME=VALUE of an env file as kubectl reads it.
type Line struct{ Name, Value string }

var envName = lazyregexp.New(`^[-._a-zA-Z][-._a-zA-Z0-9]*$`)

// ParseEnvLines reads an env file as kubectl create secret --from-env-file does. That is not the dotenv grammar: every
// line is NAME=VALUE, and the value is the rest of the line with its quotes and blanks. Lines that begin with # are
// comments. A NAME alone takes its value from lookup. Unlike in kubectl, an unknown NAME and a duplicate are errors. No
// error quotes the file.
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
		if !envName().MatchString(name) {
			return nil, fmt.Errorf("line %d: %s", number, reasonName)
		}
		if !given {
			if value, given = lookup(name); !given {
				return nil, fmt.Errorf("line %d: it has no value, and no environment variable has that name", number)
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
