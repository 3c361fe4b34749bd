package document

import (
	"fmt"
	"path"
	"strings"
)

// Format is the notation that a document is written in.
type Format string

// The formats.
const (
	JSON Format = "json"
	YAML Format = "yaml"
	Env  Format = "env"
)

// FormatOf returns the format of an entry by its extension: .json, .yaml, .yml or .env, in upper or lower case. An
// entry named ".env" is dotenv.
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

// Check returns an *Error unless data is one well-formed document of the format: one mapping in UTF-8 without a byte
// order mark, without duplicate keys at any depth, without values that JSON cannot hold, at most 1,000 levels deep.
func Check(format Format, data []byte) error {
	_, err := parse(format, data)
	return err
}

// ToJSON returns the document as compact JSON text. It keeps the order of keys and the literals of numbers. From YAML,
// numbers are converted to JSON's notation, timestamps to strings as written, !!binary to its base64 text, and scalar
// keys to their text; aliases and merge keys are resolved. From dotenv, every value is a string. It fails exactly when
// Check fails.
func ToJSON(format Format, data []byte) ([]byte, error) {
	document, err := parse(format, data)
	if err != nil {
		return nil, err
	}
	return document.appendJSON(make([]byte, 0, len(data))), nil
}

// parse reads one document. Its top level is an object.
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
