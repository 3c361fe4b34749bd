package manifest

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestShownKeepsTheRest: only the value differs, whatever the notation of the manifest.
func TestShownKeepsTheRest(t *testing.T) {
	for name, text := range manifests() {
		t.Run(name, func(t *testing.T) {
			sealedAs := strings.NewReplacer("OLD", b64(ciphertext(1, "a")), "TEXT", ciphertext(1, "a")).Replace(text)
			read, err := ReadSealed([]byte(sealedAs))
			if err != nil || len(read.Secrets()) != 1 {
				t.Fatalf("%v, %d Secrets", err, len(read.Secrets()))
			}
			got := string(read.Shown(func(_ *corev1.Secret, entry string) (string, bool) {
				return "SHOWN", entry == "a"
			}))
			want := strings.NewReplacer("OLD", "SHOWN", "TEXT", "SHOWN").Replace(text)
			if name == "key is number" {
				want = strings.NewReplacer("1: OLD", "1: "+b64(ciphertext(1, "a")), "OLD", "SHOWN").Replace(text)
			}
			if name == "wrapped" || name == "wrapped CRLF" {
				if !strings.Contains(got, "SHOWN") || strings.Contains(got, b64(ciphertext(1, "a"))[:16]) {
					t.Errorf("got\n%s", got)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			same := string(read.Shown(func(*corev1.Secret, string) (string, bool) { return "", false }))
			if same != sealedAs {
				t.Errorf("nothing was to be shown, got\n%s", same)
			}
		})
	}
}

// TestShownLines: text of several lines is below its name, and in brackets it is a string of JSON.
func TestShownLines(t *testing.T) {
	value := b64(ciphertext(1, "a"))
	head := "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n"
	for text, want := range map[string]string{
		head + "data:\n  a: " + value + " # what\n  b: Yg==\n": head + "data:\n  a: |\n    one\n    two # what\n  b: Yg==\n",
		head + "data: {a: " + value + "}\n":                    head + "data: {a: \"one\\ntwo\\n\"}\n",
		`{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "app"}, "data": {"a": "` + value + `"}}`://
		`{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "app"}, "data": {"a": "one\ntwo\n"}}`,
		head + "data:\n  a: |\n    " + value + "\ntype: Opaque\n": head + "data:\n  a: |\n    one\n    two\ntype: Opaque\n",
	} {
		read, err := ReadSealed([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got := string(read.Shown(func(_ *corev1.Secret, entry string) (string, bool) {
			return "one\ntwo\n", entry == "a"
		}))
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestShownAliases: a value that stands in two Secrets is shown once, where it is written.
func TestShownAliases(t *testing.T) {
	value := b64(ciphertext(1, "a"))
	text := "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: one}\n" +
		"  data: &data\n    a: " + value + "\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: two}\n  data: *data\n"
	read, err := ReadSealed([]byte(text))
	if err != nil || len(read.Secrets()) != 2 {
		t.Fatalf("%v, %d Secrets", err, len(read.Secrets()))
	}
	got := string(read.Shown(func(*corev1.Secret, string) (string, bool) { return "SHOWN", true }))
	if want := strings.ReplaceAll(text, value, "SHOWN"); got != want {
		t.Errorf("got\n%s", got)
	}
}
