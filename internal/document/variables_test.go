package document

import (
	"slices"
	"testing"
)

func TestVariables(t *testing.T) {
	text := "database:\n  hosts: [a, {port: 5432}]\n  password: x y\n" +
		"nothing: ~\non: true\nnumber: 1.50\nnone: {}\ndatabase_password: z\n"
	want := []Variable{
		{"database_hosts_0", "a"}, {"database_hosts_1_port", "5432"}, {"database_password", "x y"}, {"nothing", ""},
		{"on", "true"}, {"number", "1.50"}, {"database_password", "z"},
	}
	if got, err := Variables(YAML, []byte(text)); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if got, err := Variables(JSON, []byte("[1]")); err == nil || got != nil {
		t.Errorf("not a document: %q, %v", got, err)
	}
}
