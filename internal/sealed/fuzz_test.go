package sealed

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const aCiphertext = "vault:v3:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

// FuzzRead: a value is sealed, broken or plaintext, and what is read of a Secret can be read again.
func FuzzRead(f *testing.F) {
	f.Add("transit/a", "strict", "kubernetes.io/tls", aCiphertext)
	f.Add("team/a/transit/app", "cluster-wide", "", " "+aCiphertext)
	f.Add("../sys", "Strict", "x", base64.StdEncoding.EncodeToString([]byte(aCiphertext)))
	f.Fuzz(func(t *testing.T, key, scope, kind, value string) {
		live := corev1.Secret{Type: "Opaque", Data: map[string][]byte{"e": []byte(value)}}
		live.Annotations = map[string]string{TransitKeyAnnotation: key, ScopeAnnotation: scope, TypeAnnotation: kind}
		secret, err := Read(&live)
		broken := BrokenCiphertext(value)
		if secret.IsSealed() && (broken != "" || secret.Entries[0].Ciphertext.String() != value) {
			t.Errorf("%q is a ciphertext, and %q", value, broken)
		}
		if secret.IsSealed() != LooksSealed(&live) {
			t.Errorf("%q looks sealed: %v", value, LooksSealed(&live))
		}
		if !secret.IsSealed() && broken == "" && strings.HasPrefix(strings.TrimLeft(value, " \n"), ciphertextStart) {
			t.Errorf("%q is plaintext", value)
		}
		if strings.Contains(broken, value) && len(value) >= MinPlaintextBytes && !strings.HasPrefix(value, "vault:v") {
			t.Errorf("the error quotes %q: %s", value, broken)
		}
		if PlaintextType(&live) == "" {
			t.Error("no type")
		}
		if err != nil {
			return
		}
		again, err := transit.ParseKey(secret.Key.String())
		if err != nil || again != secret.Key || !secret.Scope.Covers(ClusterWide) {
			t.Errorf("read as %q, %q", secret.Key, secret.Scope)
		}
	})
}

// FuzzParseTime: a time is within the years that JSON can hold, and what is written of it is read as the same.
func FuzzParseTime(f *testing.F) {
	for _, text := range []string{"2027-03-01", "2026-11-29T12:30:15.9+02:00", "9999-12-31T23:59:59-00:01", "90d", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := ParseTime(text)
		if err != nil {
			if len(err.Error()) > 400 {
				t.Errorf("%q", err)
			}
			return
		}
		again, err := ParseTime(FormatTime(at))
		if _, unwritable := json.Marshal(at); err != nil || !again.Equal(at) || unwritable != nil {
			t.Errorf("%q is %v, and then %v, %v", text, at, again, err)
		}
		age := ReadAge(map[string]string{SealedAtAnnotation: text, ExpiresAnnotation: text}, at)
		if since, known := age.SinceSealed(at); !known || since != 0 || !age.Expires.Equal(at) || age.UnknownExpiry() {
			t.Errorf("%q: %+v", text, age)
		}
	})
}

// FuzzKeptPlaintext: a copy that a tool keeps holds plaintext, whatever is around its values and however it is packed.
func FuzzKeptPlaintext(f *testing.F) {
	f.Add("password", "correct-horse", `"kind":"Secret"`)
	f.Add("a", aCiphertext, `"data":{"b":"eA=="}`)
	f.Add("", "", `"stringData":{"a":1}`)
	f.Fuzz(func(t *testing.T, entry, value, more string) {
		copied, err := json.Marshal(map[string]any{"stringData": map[string]string{entry: value}})
		if err != nil {
			t.Fatal(err)
		}
		object := string(copied)
		if with := strings.TrimSuffix(object, "}") + "," + more + "}"; json.Valid([]byte(with)) {
			object = with
		}
		var packed bytes.Buffer
		writer := gzip.NewWriter(&packed)
		if _, err := writer.Write([]byte(object)); err != nil || writer.Close() != nil {
			t.Fatal(err)
		}
		var first []Kept
		for n, text := range []string{object, base64.StdEncoding.EncodeToString([]byte(object)),
			base64.StdEncoding.EncodeToString(packed.Bytes())} {
			secret := corev1.Secret{ObjectMeta: metav1.ObjectMeta{
				Annotations: map[string]string{LastAppliedAnnotation: text, "other": more}}}
			kept := slices.DeleteFunc(KeptPlaintext(&secret), func(k Kept) bool { return k.Annotation == "other" })
			if n == 0 {
				first = kept
			}
			if !slices.Equal(kept, first) {
				t.Errorf("copy %d: %v, but %v", n, kept, first)
			}
		}
		if len(first) == 0 && value != "" && !isCiphertext(value) && object == string(copied) {
			t.Errorf("%q of entry %q is not found", value, entry)
		}
	})
}

// FuzzMetadata: whatever tools and strangers write beside the values, it shows names that Kubernetes has, and a bounded
// number of them.
func FuzzMetadata(f *testing.F) {
	f.Add("prod-app-8f9dk2b7mt", "team/app", "app:/Secret:team/prod-app", `{"f:data":{".":{},"f:a":{}}}`)
	f.Add("a-b.c-d", `{"metadata":{"name":"x","namespace":"y"}}`, "v1;team//Secret/app;v1", `{"f:stringData":{}}`)
	f.Fuzz(func(t *testing.T, name, one, other, fields string) {
		live := corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "team"}}
		live.Annotations = map[string]string{ScopeAnnotation: "strict", LastAppliedAnnotation: one,
			"reflector.v1.k8s.emberstack.com/reflects": other, "replicator.v1.mittwald.de/replicate-from": one,
			"argocd.argoproj.io/tracking-id": other, "kapp.k14s.io/identity": other, "meta.helm.sh/release-namespace": one}
		live.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: other, Operation: metav1.ManagedFieldsOperationApply,
			FieldsV1: metav1.NewFieldsV1(fields)}}
		secret, err := Read(&live)
		if err != nil {
			t.Fatal(err)
		}
		places := secret.Origins()
		if len(places) > maxOrigins {
			t.Errorf("%d places", len(places))
		}
		for _, place := range append(places, secret.MoveEvidence().From) {
			if valid := validPlace(place.Namespace, place.Name); place.Name != name && valid != place {
				t.Errorf("%+v is not a place", place)
			}
		}
		_, _, _ = ManagedBy(&live), WrittenBy(&live), CheckLive(&live, "vaultseal-system")
		for _, annotation := range []string{LastAppliedAnnotation, "argocd.argoproj.io/tracking-id"} {
			if _, found := PortableAnnotations(&live)[annotation]; found {
				t.Errorf("%s is portable", annotation)
			}
		}
		_ = ReadAge(live.Annotations, time.Time{})
	})
}
