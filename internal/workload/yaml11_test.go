package workload

import (
	"slices"
	"testing"
)

// TestNamesOfYAML11: names that kubectl reads as truth values or numbers without quotes stay names.
func TestNamesOfYAML11(t *testing.T) {
	names := []string{"N", "Yes", "null", "on", "y", "~", "1e3", "0x1f", "1_000", "12", ".5"}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "~" }) // no entry has this name
	slices.Sort(names)
	known := someFacts()
	known.secrets["odd"] = sealedSecret(names...)
	text := pod("containers:\n- name: app\n  env:\n  - {name: Z, value: a}\n  envFrom:\n  - secretRef:\n      name: odd\n")
	out, err := Rewrite([]byte(text), decodeYAML, known, someSettings())
	if err != nil {
		t.Fatal(err)
	}
	root, err := decodeYAML(out.Text)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := Objects(root)
	if err != nil {
		t.Fatal(err)
	}
	template, err := objects[0].readTemplate()
	if err != nil {
		t.Fatalf("%v\n%s", err, out.Text)
	}
	var got []string
	for _, variable := range template.Spec.Containers[0].Env {
		got = append(got, variable.Name)
	}
	if want := append(names, "Z"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q\n%s", got, want, out.Text)
	}
}

// TestExpansions: as kubelet reads them.
func TestExpansions(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "a$": nil, "$(A)": {"A"}, "$$(A)": nil, "$$$(A)": {"A"}, "x$(A)$(B)y": {"A", "B"}, "$(A": nil,
		"$A $(B)": {"B"}, "$()": {""}, "$($(A)": {"$(A"},
	} {
		if got := expansions(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
