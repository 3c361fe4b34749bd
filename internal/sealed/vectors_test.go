package sealed

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// vectors reads one of the files that docs/format.md names.
func vectors[T any](t *testing.T, file string) T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../test/vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	var content T
	if err := json.Unmarshal(text, &content); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return content
}

func TestVectorsOfContexts(t *testing.T) {
	places := vectors[[]struct{ Scope, Namespace, Secret, Entry, Base64 string }](t, "contexts.json")
	for _, place := range places {
		context := Scope(place.Scope).Context(Place{place.Namespace, place.Secret, place.Entry})
		if base64.StdEncoding.EncodeToString(context) != place.Base64 {
			t.Errorf("%+v: %q", place, context)
		}
	}
	if len(places) == 0 {
		t.Error("no places")
	}
}

// vectorManifest is a manifest and what a reader must make of it: a reading or an error.
type vectorManifest struct {
	Name     string
	Manifest corev1.Secret
	Reading  *struct {
		Sealed, Labelled  bool
		Type, Scope       string
		SealedAt, Expires time.Time
		TransitKey        transit.Key
		Entries           map[string]*int
	}
	Error *struct{ Annotation, Entry, Problem string }
}

func TestVectorsOfManifests(t *testing.T) {
	manifests := vectors[[]vectorManifest](t, "manifests.json")
	for _, each := range manifests {
		secret := each.Manifest
		for entry, value := range secret.StringData {
			if secret.Data == nil {
				secret.Data = map[string][]byte{}
			}
			secret.Data[entry] = []byte(value)
		}
		got, err := Read(&secret)
		switch {
		case each.Error != nil && each.Error.Annotation != "":
			invalid := new(AnnotationError)
			if !errors.As(err, &invalid) || invalid.Annotation != each.Error.Annotation {
				t.Errorf("%s: %v", each.Name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", each.Name, err)
		case each.Error != nil:
			broken := BrokenCiphertext(string(secret.Data[each.Error.Entry]))
			if says := brokenAs()[each.Error.Problem]; says == "" || !strings.Contains(broken, says) {
				t.Errorf("%s: %q", each.Name, broken)
			}
		default:
			each.compare(t, got, secret)
		}
	}
	if len(manifests) == 0 {
		t.Error("no manifests")
	}
}

// brokenAs maps the problems of the vectors to our words.
func brokenAs() map[string]string {
	return map[string]string{
		"not a ciphertext": "not a transit ciphertext", "key version": "bad key version", "line end": "line end",
		"base64": "bad base64", "too short": "too short", "encoded twice": "base64 of a ciphertext",
	}
}

func (m vectorManifest) compare(t *testing.T, got Secret, secret corev1.Secret) {
	t.Helper()
	want := m.Reading
	versions := map[string]*int{}
	for _, entry := range got.Entries {
		versions[entry.Name] = nil
		if entry.Sealed() {
			version := entry.Ciphertext.Version()
			versions[entry.Name] = &version
		}
	}
	same := func(a, b *int) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	if !maps.EqualFunc(versions, want.Entries, same) || got.IsSealed() != want.Sealed ||
		got.Labelled != want.Labelled || got.Key != want.TransitKey || string(got.Scope) != want.Scope ||
		string(PlaintextType(&secret)) != want.Type {
		t.Errorf("%s: %+v, want %+v", m.Name, got, want)
	}
	age := ReadAge(secret.Annotations, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
	if !age.SealedAt.Equal(want.SealedAt) || !age.Expires.Equal(want.Expires) {
		t.Errorf("%s: %+v, want %+v", m.Name, age, want)
	}
}
