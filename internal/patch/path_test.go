package patch

import (
	"reflect"
	"strings"
	"testing"
)

func TestPathText(t *testing.T) {
	for text, want := range map[string]Path{
		"": nil,
		`spec.template.spec.containers[app].volumeMounts[mountPath="/tls"].readOnly`: {
			Key("spec"), Key("template"), Key("spec"), Key("containers"), Item("app"), Key("volumeMounts"),
			Where("mountPath", "/tls"), Key("readOnly")},
		`metadata.annotations."vaultseal.dev/x"`: {Key("metadata"), Key("annotations"), Key("vaultseal.dev/x")},
		`items[0].v[-]`:                          {Key("items"), Index(0), Key("v"), End()},
		`a["0"]["-1"][-x].""."\"\n"`:             {Key("a"), Item("0"), Where("name", "-1"), Item("-x"), Key(""), Key("\"\n")},
		`[3]`:                                    {Index(3)},
	} {
		parsed, err := ParsePath(text)
		if err != nil || !reflect.DeepEqual(parsed, want) {
			t.Errorf("%s: %v, %v", text, parsed, err)
		}
		if again, err := ParsePath(want.String()); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%s: %s: %v, %v", text, want, again, err)
		}
	}
	for _, text := range []string{".", "a.", "a..b", ".a", "a b", "a[", "a[]", "a[b", "a[00]", "a[1x.y]", `"a`, `"a"b`, "a[b=]", "\xff",
		"a[99999999999999999999]", "a[b]c"} {
		if parsed, err := ParsePath(text); err == nil {
			t.Errorf("%s: %#v", text, parsed)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, text := range []string{`a.b[c].d[0][-]`, `a."b.c"[x="y z"]`, `a["0"]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := ParsePath(text)
		if err != nil {
			return
		}
		again, err := ParsePath(parsed.String())
		if err != nil || !reflect.DeepEqual(parsed, again) && !strings.Contains(text, "\\") {
			t.Fatalf("%q: %v, %v, %v", text, parsed, again, err)
		}
	})
}
