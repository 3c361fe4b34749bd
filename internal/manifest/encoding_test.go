package manifest

import (
	"bytes"
	"strings"
	"testing"
)

// encoded are manifests as Windows and editors write them.
func encodedManifests() map[string][]byte {
	text := strings.ReplaceAll("# ü€😀\n"+sealedManifest("app", ""), "\n", "\r\n")
	return map[string][]byte{
		"UTF-8 with mark": inUTF8WithMark.encode([]byte(text)),
		"UTF-16LE":        inUTF16LE.encode([]byte(text)),
		"UTF-16BE":        inUTF16BE.encode([]byte(text)),
	}
}

// TestSpliceKeepsTheEncoding: but for the value, each byte stays as it was.
func TestSpliceKeepsTheEncoding(t *testing.T) {
	for name, raw := range encodedManifests() {
		read, err := ReadSealed(raw)
		if err != nil || len(read.Secrets()) != 1 {
			t.Fatalf("%s: %v", name, err)
		}
		_, e, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		after, err := read.Splice([]Change{{Secret: read.Secrets()[0],
			Set: map[string]string{"a": ciphertext(2, "b")}}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body := func(text string) []byte { return bytes.TrimPrefix(e.encode([]byte(text)), e.mark()) }
		if want := bytes.Replace(raw, body(b64(ciphertext(1, "a"))), body(b64(ciphertext(2, "b"))),
			1); !bytes.Equal(after, want) || bytes.Equal(after, raw) {
			t.Errorf("%s:\n%q\nwant\n%q", name, after, want)
		}
	}
}

// TestBadEncodings: what is not a text is refused, and not passed over.
func TestBadEncodings(t *testing.T) {
	text := []byte(sealedManifest("app", ""))
	utf16 := inUTF16LE.encode(text)
	for want, raw := range map[string][]byte{
		"not UTF-8":        append([]byte{0xff}, text...),
		"not valid UTF-16": utf16[:len(utf16)-1],
		"zero bytes":       utf16[2:],
		"zero bytes in it": append([]byte{0xff, 0xfe, 0, 0}, utf16...),
	} {
		if _, err := ReadSealed(raw); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := ReadSealed(append(utf16, 0x00, 0xd8)); err == nil { // half of a pair
		t.Error("half of a pair was read")
	}
}

// TestMarksBetweenDocuments: files that begin with a byte order mark can be put together.
func TestMarksBetweenDocuments(t *testing.T) {
	one, two := sealedManifest("one", ""), sealedManifest("two", "")
	for name, text := range map[string]string{
		"mark after the dashes":   byteOrderMark + one + "---\n" + byteOrderMark + two,
		"mark before the dashes":  byteOrderMark + one + byteOrderMark + "---\n" + two,
		"mark before a comment":   one + "---\n\n" + byteOrderMark + "# why\n" + two,
		"mark after a comment":    one + "---\n# why\n" + byteOrderMark + two,
		"a comment on the dashes": one + "--- # why\n" + byteOrderMark + two,
	} {
		read, err := ReadSealed([]byte(text))
		if err != nil || len(read.Secrets()) != 2 || len(read.Unread()) > 0 {
			t.Errorf("%s: %d Secrets, %v, %v", name, len(read.Secrets()), read.Unread(), err)
			continue
		}
		after, err := read.Splice([]Change{{Secret: read.Secrets()[1],
			Set: map[string]string{"a": ciphertext(2, "b")}}})
		want := text[:len(text)-len(two)] + strings.Replace(two, b64(ciphertext(1, "a")), b64(ciphertext(2, "b")), 1)
		if err != nil || string(after) != want {
			t.Errorf("%s: %v\n%q\nwant\n%q", name, err, after, want)
		}
		if plain, err := ReadPlain([]byte(text)).Secrets(); err != nil || len(plain) != 2 {
			t.Errorf("%s: %d plain Secrets, %v", name, len(plain), err)
		}
	}
	read, err := ReadSealed([]byte("kind: ConfigMap\napiVersion: v1\n" + byteOrderMark + one))
	if err != nil || len(read.Unread()) != 1 ||
		!strings.HasPrefix(read.Unread()[0].Error(), "line 3: byte order mark within the document") {
		t.Errorf("%v, %v", read.Unread(), err)
	}
}

// FuzzDecode: what is decoded is encoded to the same bytes.
func FuzzDecode(f *testing.F) {
	for _, raw := range encodedManifests() {
		f.Add(raw)
	}
	f.Add([]byte{0xff, 0xfe, 0x00, 0xd8})
	f.Add([]byte{0xfe, 0xff, 0xd8, 0x3d, 0xde, 0x00})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if text, e, err := decode(raw); err == nil && !bytes.Equal(e.encode(text), raw) {
			t.Errorf("%q becomes %q", raw, e.encode(text))
		}
	})
}
