package config

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
)

// ways is what each source says.
type ways struct {
	flags, env, configMap, files map[string]string
}

// sources looks values up in the maps.
func (w ways) sources() Sources {
	in := func(values map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) {
			text, found := values[name]
			return text, found
		}
	}
	return Sources{
		Flag:      in(w.flags),
		Env:       in(w.env),
		ConfigMap: func(context.Context) (map[string]string, error) { return w.configMap, nil },
		Namespace: "vaultseal-system",
		ReadFile: func(path string) ([]byte, error) {
			text, found := w.files[path]
			if !found {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			return []byte(text), nil
		},
	}
}

func (w ways) load(t *testing.T, needs Needs) *Config {
	t.Helper()
	config, err := Load(t.Context(), w.sources(), needs)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// refused is the error of a Load that must fail.
func (w ways) refused(t *testing.T, needs Needs) error {
	t.Helper()
	config, err := Load(t.Context(), w.sources(), needs)
	if err == nil {
		t.Fatalf("Load = %+v, want an error", config)
	}
	return err
}

func values(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// with is the values and those of more, which win.
func with(base map[string]string, more ...string) map[string]string {
	m := values(more...)
	for name, text := range base {
		if _, found := m[name]; !found {
			m[name] = text
		}
	}
	return m
}

// text is a value as a test compares it: what it prints as, and its source.
type text struct {
	value  string
	source Source
}

func textOf[T any](v Value[T]) text { return text{fmt.Sprint(v.Value), v.Source} }
