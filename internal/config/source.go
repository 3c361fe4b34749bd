package config

// Origin is the kind of a Source.
type Origin string

// The origins, in the order in which they win.
const (
	FromFlag        Origin = "flag"
	FromEnvironment Origin = "environment"
	FromConfigMap   Origin = "configmap"
	FromDefault     Origin = "default"
)

// Source tells where a value came from. The zero Source is that of a value nobody gave.
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

// Value is one effective value and where it came from.
type Value[T any] struct {
	Value  T
	Source Source
}

// Given tells whether anybody gave the value, a default included.
func (v Value[T]) Given() bool { return v.Source.Origin != "" }

// parsed turns the text of a value into its type, and blames the source when it cannot.
func parsed[T any](from Value[string], parse func(string) (T, error)) (Value[T], error) {
	typed, err := parse(from.Value)
	if err != nil {
		return Value[T]{}, &ValueError{Source: from.Source, Err: err}
	}
	return Value[T]{Value: typed, Source: from.Source}, nil
}
