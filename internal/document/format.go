package document

import (
	"fmt"
	"path"
	"strings"
)

// Format is the notation of a document.
type Format string

// The formats.
const (
	JSON Format = "json"
	YAML Format = "yaml"
	Env  Format = "env"
)

// FormatOf tells the format of an entry from its extension: .json, .yaml or
// .yml, .env. An entry named just ".env" counts; letter case does not.
func FormatOf(entry string) (Format, error) {
	switch strings.ToLower(path.Ext(entry)) {
	case ".json":
		return JSON, nil
	case ".yaml", ".yml":
		return YAML, nil
	case ".env":
		return Env, nil
	default:
		return "", fmt.Errorf("entry %q: want a name that ends in .json, .yaml (.yml) or .env", entry)
	}
}

// Check says whether data is one well-formed document of the format: UTF-8
// without a byte order mark, one mapping, no key twice in a mapping at any
// depth, nothing that JSON could not hold, at most 1,000 levels deep.
// Its errors are an *Error.
func Check(format Format, data []byte) error {
	_, err := parse(format, data)
	return err
}

// ToJSON returns the document as compact JSON text: the order of the keys and
// the literals of numbers are kept. Of YAML, numbers come in JSON's notation,
// timestamps as the strings they were written as, !!binary as its base64 text,
// aliases and merge keys resolved, and scalar keys as their text. Of dotenv,
// every value is a string. It fails where Check fails, and nowhere else.
func ToJSON(format Format, data []byte) ([]byte, error) {
	document, err := parse(format, data)
	if err != nil {
		return nil, err
	}
	return document.appendJSON(make([]byte, 0, len(data))), nil
}

// parse reads one document, whose top level is an object.
func parse(format Format, data []byte) (*value, error) {
	if err := checkText(format, data); err != nil {
		return nil, err
	}
	switch format {
	case JSON:
		return parseJSONObject(data)
	case YAML:
		return parseYAML(data)
	case Env:
		return parseEnv(data)
	default:
		return nil, &Error{Format: format, Reason: reasonFormat}
	}
}
