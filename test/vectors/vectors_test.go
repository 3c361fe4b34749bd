package vectors

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

// read decodes one of the files, in which every field must be known.
func read[T any](t *testing.T, file string) T {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var content T
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&content); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return content
}

func TestContexts(t *testing.T) {
	places := read[[]struct{ Scope, Namespace, Secret, Entry, Context, Base64 string }](t, "contexts.json")
	seen := map[string]bool{}
	for _, place := range places {
		context := Context(place.Scope, place.Namespace, place.Secret, place.Entry)
		if string(context) != place.Context || base64.StdEncoding.EncodeToString(context) != place.Base64 {
			t.Errorf("%+v: %q", place, context)
		}
		if place.Scope == "strict" && seen[place.Context] {
			t.Errorf("two places have the context %q", context)
		}
		seen[place.Context] = true
	}
	if len(places) < 10 {
		t.Errorf("only %d places", len(places))
	}
}

type ciphertexts struct {
	Keys []struct {
		Name, Type, Backup string
		Derived            bool
	}
	Open []struct {
		Key                             string
		Version                         int
		Scope, Namespace, Secret, Entry string
		Context, Plaintext, Ciphertext  string
	}
	Refused []struct{ Name, Key, Context, Ciphertext string }
}

func TestCiphertexts(t *testing.T) {
	file := read[ciphertexts](t, "ciphertexts.json")
	keys := map[string]Key{}
	for _, each := range file.Keys {
		key, err := ReadBackup(each.Backup)
		if err != nil || key.Derived != each.Derived {
			t.Fatalf("%s: %v", each.Name, err)
		}
		keys[each.Name] = key
	}
	for _, each := range file.Open {
		context := Context(each.Scope, each.Namespace, each.Secret, each.Entry)
		if string(context) != each.Context {
			t.Errorf("%+v: the context is %q", each, context)
		}
		version, _, err := ReadCiphertext(each.Ciphertext)
		if err != nil || version != each.Version {
			t.Errorf("%+v: version %d, %v", each, version, err)
		}
		plain, err := keys[each.Key].Open(each.Ciphertext, context)
		if err != nil || base64.StdEncoding.EncodeToString(plain) != each.Plaintext {
			t.Errorf("%+v: opens to %q, %v", each, plain, err)
		}
	}
	for _, each := range file.Refused {
		if _, err := keys[each.Key].Open(each.Ciphertext, []byte(each.Context)); err == nil {
			t.Errorf("%s: it opens", each.Name)
		}
	}
	if len(file.Keys) < 3 || len(file.Open) < 10 || len(file.Refused) < 10 {
		t.Error("the file has lost ciphertexts")
	}
}

func TestManifests(t *testing.T) {
	manifests := read[[]struct {
		Name     string
		Manifest json.RawMessage
		Reading  *struct {
			Sealed, Labelled  bool
			Type, Scope       string
			SealedAt, Expires string
			TransitKey        *KeyName
			Entries           map[string]*int
		}
		Error *InvalidError
	}](t, "manifests.json")
	for _, each := range manifests {
		var manifest Manifest
		if err := json.Unmarshal(each.Manifest, &manifest); err != nil {
			t.Errorf("%s: %v", each.Name, err)
			continue
		}
		got, err := Read(manifest)
		switch invalid := new(InvalidError); {
		case (each.Reading == nil) == (each.Error == nil):
			t.Errorf("%s: want either a reading or an error", each.Name)
		case each.Error != nil:
			if !errors.As(err, &invalid) || *invalid != *each.Error {
				t.Errorf("%s: %v, want %v", each.Name, err, each.Error)
			}
		case err != nil:
			t.Errorf("%s: %v", each.Name, err)
		default:
			want := Reading{each.Reading.Sealed, each.Reading.Labelled, each.Reading.TransitKey, each.Reading.Scope,
				each.Reading.Type, each.Reading.SealedAt, each.Reading.Expires, each.Reading.Entries}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, want %+v", each.Name, got, want)
			}
		}
	}
	if len(manifests) < 80 {
		t.Errorf("only %d manifests", len(manifests))
	}
}

// TestStandardLibraryOnly: what opens the vectors shares no code with the plugin.
func TestStandardLibraryOnly(t *testing.T) {
	const others = "{{if not .Standard}}{{.ImportPath}}{{end}}"
	out, err := exec.Command("go", "list", "-deps", "-test", "-f", others, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.Lines(string(out)) {
		if !strings.HasPrefix(name, "github.com/vaultseal/kubectl-vaultseal/test/vectors") {
			t.Errorf("the package imports %s", name)
		}
	}
}
