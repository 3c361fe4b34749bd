package sealed

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// marker stands for plaintext: no error may hold it.
const marker = "s3kr1t-marker"

// ciphertext is of the form that Transit gives.
func ciphertext(version int) string {
	return fmt.Sprintf("vault:v%d:%s", version, base64.StdEncoding.EncodeToString(make([]byte, 40)))
}

func liveSecret(annotations map[string]string, data map[string]string) *corev1.Secret {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "matrix-secrets", Annotations: annotations},
		Data:       map[string][]byte{},
	}
	for name, value := range data {
		secret.Data[name] = []byte(value)
	}
	return secret
}

func mustRead(t *testing.T, live *corev1.Secret) Secret {
	t.Helper()
	secret, err := Read(live)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestReadIdentity(t *testing.T) {
	secret := mustRead(t, liveSecret(nil, nil))
	if secret.Namespace != "team-a" || secret.Name != "matrix-secrets" {
		t.Errorf("Read = %s/%s", secret.Namespace, secret.Name)
	}
}

func TestReadAnnotations(t *testing.T) {
	secret := mustRead(t, liveSecret(map[string]string{
		TransitKeyAnnotation: "kv/transit/app", ScopeAnnotation: "namespace-wide",
	}, nil))
	want := Secret{
		Namespace: "team-a", Name: "matrix-secrets", Entries: []Entry{},
		Key: transit.Key{Mount: "kv/transit", Name: "app"}, Scope: NamespaceWide,
	}
	secret.meta = nil // a pointer, which differs
	if fmt.Sprint(secret) != fmt.Sprint(want) || !secret.Annotated() {
		t.Errorf("Read = %+v, want %+v", secret, want)
	}
}

func TestReadUnannotated(t *testing.T) {
	secret := mustRead(t, liveSecret(map[string]string{"other": "x"}, map[string]string{"secrets.json": ciphertext(1)}))
	if secret.Annotated() || secret.Scope != Unbound || secret.Labelled {
		t.Errorf("Read = %+v, want no key, no scope, no label", secret)
	}
}

func TestReadLabel(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "false": false, "": false, "True": false} {
		live := liveSecret(nil, nil)
		live.Labels = map[string]string{Label: value}
		if got := mustRead(t, live).Labelled; got != want {
			t.Errorf("label %q: Labelled = %v, want %v", value, got, want)
		}
	}
}

func TestReadRefusesAnnotations(t *testing.T) {
	cases := []struct{ annotation, value string }{
		{TransitKeyAnnotation, ""},
		{TransitKeyAnnotation, "/"},
		{TransitKeyAnnotation, "transit/../sys/x"},
		{TransitKeyAnnotation, "transit/.."},
		{TransitKeyAnnotation, "sys/x"},
		{TransitKeyAnnotation, "transit/a%2fb"},
		{TransitKeyAnnotation, "transit/a?b"},
		{TransitKeyAnnotation, "transit/{namespace}"},
		{TransitKeyAnnotation, "transit/app\n"},
		{ScopeAnnotation, ""},
		{ScopeAnnotation, "unbound"},
		{ScopeAnnotation, "STRICT"},
		{ScopeAnnotation, "strict,cluster-wide"},
	}
	for _, c := range cases {
		t.Run(c.annotation+"="+c.value, func(t *testing.T) {
			secret, err := Read(liveSecret(map[string]string{c.annotation: c.value}, map[string]string{"a": marker}))
			if !slices.Equal(secret.Names(), []string{"a"}) {
				t.Errorf("its entries are %q", secret.Names())
			}
			if err == nil || !strings.Contains(err.Error(), c.annotation) {
				t.Fatalf("Read: %v; want an error that names %s", err, c.annotation)
			}
			if strings.Contains(err.Error(), marker) {
				t.Errorf("%v: holds an entry's value", err)
			}
		})
	}
}

func TestReadRefusedKeyIsNoKey(t *testing.T) {
	secret, err := Read(liveSecret(map[string]string{TransitKeyAnnotation: "transit/../sys/x"}, nil))
	if err == nil || secret.Annotated() {
		t.Errorf("Read = %+v, %v; want an error and no key", secret, err)
	}
}

// TestMarked: a Secret of the Python tool has neither the label nor the transit key.
func TestMarked(t *testing.T) {
	for _, label := range []bool{false, true} {
		for _, key := range []bool{false, true} {
			live := liveSecret(nil, nil)
			if label {
				live.Labels = map[string]string{Label: LabelValue}
			}
			if key {
				live.Annotations = map[string]string{TransitKeyAnnotation: "transit/app"}
			}
			if got := mustRead(t, live).Marked(); got != (label && key) {
				t.Errorf("label %v, key %v: %v", label, key, got)
			}
		}
	}
}

func TestReadEntriesInOrder(t *testing.T) {
	data := map[string]string{
		"z": ciphertext(2), "B": "", "a.json": ciphertext(1), "_": "x", ".env": ciphertext(7), "a": "y",
	}
	secret := mustRead(t, liveSecret(nil, data))
	var names []string
	for _, entry := range secret.Entries {
		names = append(names, entry.Name)
	}
	if want := []string{".env", "B", "_", "a", "a.json", "z"}; !slices.Equal(names, want) {
		t.Errorf("Entries = %q, want %q", names, want)
	}
}

func TestReadKeepsNoPlaintext(t *testing.T) {
	secret := mustRead(t, liveSecret(nil, map[string]string{"a": marker, "b": ciphertext(1)}))
	if text := fmt.Sprintf("%+v %#v", secret, secret); strings.Contains(text, marker) {
		t.Errorf("%s: holds an entry's value", text)
	}
}

func TestReadValues(t *testing.T) {
	good := ciphertext(12)
	cases := []struct {
		name, value string
		version     int // 0: not sealed
	}{
		{"ciphertext", good, 12},
		{"empty", "", 0},
		{"plaintext", marker, 0},
		{"prefix only", "vault:v1:", 0},
		{"no version", strings.Replace(good, "v12", "v", 1), 0},
		{"version 0", strings.Replace(good, "v12", "v0", 1), 0},
		{"leading zero", strings.Replace(good, "v12", "v012", 1), 0},
		{"line end behind", good + "\n", 0},
		{"space before", " " + good, 0},
		{"two", good + good, 0},
		{"within text", "password=" + good, 0},
		{"base64 of it", base64.StdEncoding.EncodeToString([]byte(good)), 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			entry, found := mustRead(t, liveSecret(nil, map[string]string{"a": c.value})).Entry("a")
			if !found || entry.Ciphertext.Version() != c.version || entry.Sealed() != (c.version > 0) {
				t.Errorf("Entry = %+v, %v; want version %d", entry, found, c.version)
			}
		})
	}
}

func TestEntry(t *testing.T) {
	secret := mustRead(t, liveSecret(nil, map[string]string{"a": "", "c": ciphertext(3), "e": ciphertext(1), "C": ""}))
	for _, name := range []string{"a", "c", "e", "C"} {
		if entry, found := secret.Entry(name); !found || entry.Name != name {
			t.Errorf("Entry(%q) = %+v, %v", name, entry, found)
		}
	}
	for _, name := range []string{"", "A", "b", "d", "f", "aa", "E"} {
		if entry, found := secret.Entry(name); found || entry != (Entry{}) {
			t.Errorf("Entry(%q) = %+v, %v; want none", name, entry, found)
		}
	}
}

func TestSealedOrNot(t *testing.T) {
	cases := []struct {
		name     string
		data     map[string]string
		unsealed []string
		sealed   bool
	}{
		{"no entries", nil, nil, false},
		{"one sealed", map[string]string{"a": ciphertext(1)}, nil, true},
		{"all sealed", map[string]string{"a": ciphertext(1), "b": ciphertext(2)}, nil, true},
		{"mixed", map[string]string{"z": "x", "m": ciphertext(1), "a": ""}, []string{"a", "z"}, false},
		{"none sealed", map[string]string{"b": "x", "a": "y"}, []string{"a", "b"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			secret := mustRead(t, liveSecret(nil, c.data))
			if got := secret.Unsealed(); !slices.Equal(got, c.unsealed) {
				t.Errorf("Unsealed = %q, want %q", got, c.unsealed)
			}
			if got := secret.IsSealed(); got != c.sealed {
				t.Errorf("IsSealed = %v, want %v", got, c.sealed)
			}
		})
	}
}

func TestContextIsOfTheLivePlace(t *testing.T) {
	secret := mustRead(t, liveSecret(map[string]string{
		TransitKeyAnnotation: "transit/app", ScopeAnnotation: "strict",
		"vaultseal.dev/namespace": "elsewhere", "vaultseal.dev/name": "other",
	}, map[string]string{"a": ciphertext(1)}))
	if got := string(secret.Context("a")); got != "v1/strict/team-a/matrix-secrets/a" {
		t.Errorf("Context = %q", got)
	}
}

func TestContextOfUnboundSecret(t *testing.T) {
	if got := mustRead(t, liveSecret(nil, map[string]string{"a": ciphertext(1)})).Context("a"); got != nil {
		t.Errorf("Context = %q, want nil", got)
	}
}

func TestSelectorSelectsTheLabel(t *testing.T) {
	if Selector != "vaultseal.dev/sealed=true" {
		t.Errorf("Selector = %q", Selector)
	}
}
