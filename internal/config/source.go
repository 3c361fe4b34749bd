package config

// Origin is the kind of a Source.
type Origin string

// The origins, in order of precedence.
const (
	FromFlag        Origin = "flag"
	FromEnvironment Origin = "environment"
	FromConfigMap   Origin = "configmap"
	FromDefault     Origin = "default"
)

// Source is where a value came from. The zero Source is that of a missing value.
type Source struct {
	Origin Origin
	Name   string // the flag, the variable or the ConfigMap key; empty for a default
}

func (s Source) String() string {
	switch s.Origin {
	case FromFlag:
		return "flag --" + s.Name
	case FromEnvironment:
		return "environment variable " + s.Name
	case FromConfigMap:
		return "ConfigMap key " + s.Name
	case FromDefault:
		return "default"
	}
	return "not set"
}

// Value is one effective value and its source.
type Value[T any] struct {
	Value  T
	Source Source
}

// Given reports whether there is a value, including a default.
func (v Value[T]) Given() bool { return v.Source.Origin != "" }

// parsed converts the text of a value to its type. An error names the source.
func parsed[T any](from Value[string], parse func(string) (T, error)) (Value[T], error) {
	typed, err := parse(from.Value)
	if err != nil {
		return Value[T]{}, &ValueError{Source: from.Source, Err: err}
	}
	return Value[T]{Value: typed, Source: from.Source}, nil
}
