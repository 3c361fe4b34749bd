package plugin

import "testing"

// TestOneLineEndIsLeftOut: echo adds it, on Windows as two bytes.
func TestOneLineEndIsLeftOut(t *testing.T) {
	for given, want := range map[string]string{"x": `"x"`, "x\n": `"x"`, "x\r\n": `"x"`, "x\n\n": `"x\n"`,
		"x\r": `"x\r"`, "\r\n": `""`, "": `""`} {
		if got, err := (&setOptions{}).text(withoutLineEnd([]byte(given))); err != nil || string(got) != want {
			t.Errorf("%q is the value %s, %v; want %s", given, got, err, want)
		}
	}
}
