package setup

import (
	"encoding/json"
	"slices"
	"strings"
)

// canonical converts wanted and read data to one form: Vault returns a list for a string, in any order, and seconds for
// a duration.
func canonical(data map[string]any) map[string]any {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // parameters of Vault are strings, numbers, lists and maps of these
	}
	var plain map[string]any
	if err := json.Unmarshal(text, &plain); err != nil {
		panic(err) // it was marshalled above
	}
	for name, value := range plain {
		plain[name] = ordered(value)
	}
	return plain
}

func ordered(value any) any {
	switch value := value.(type) {
	case []any:
		if !slices.ContainsFunc(value, func(one any) bool { _, ok := one.(string); return !ok }) {
			slices.SortFunc(value, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		}
		return value
	case map[string]any:
		for name, one := range value {
			value[name] = ordered(one)
		}
		return value
	case string:
		return strings.TrimSpace(value)
	}
	return value
}

// part returns the wanted parameters from data.
func part(data, wanted map[string]any) map[string]any {
	found := map[string]any{}
	for name, value := range canonical(data) {
		if _, asked := wanted[name]; asked {
			found[name] = value
		}
	}
	return found
}
