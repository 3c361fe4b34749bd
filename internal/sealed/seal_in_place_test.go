package sealed

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestCheckReplaceableByType(t *testing.T) {
	cases := []struct {
		kind        corev1.SecretType
		replaceable bool
	}{
		{"", true},
		{corev1.SecretTypeOpaque, true},
		{corev1.SecretTypeTLS, true},
		{corev1.SecretTypeBasicAuth, true},
		{corev1.SecretTypeSSHAuth, true},
		{"example.org/own", true},
		{corev1.SecretTypeDockercfg, false},
		{corev1.SecretTypeDockerConfigJson, false},
		{corev1.SecretTypeServiceAccountToken, false},
		{corev1.SecretTypeBootstrapToken, false},
		{"helm.sh/release.v1", false},
	}
	for _, c := range cases {
		t.Run(string(c.kind), func(t *testing.T) {
			live := liveSecret(nil, map[string]string{"a": marker})
			live.Type = c.kind
			err := CheckReplaceable(live)
			if (err == nil) != c.replaceable {
				t.Fatalf("CheckReplaceable = %v, want replaceable %v", err, c.replaceable)
			}
			if err == nil {
				return
			}
			if !strings.Contains(err.Error(), string(c.kind)) {
				t.Errorf("%v: want it to name the type %s", err, c.kind)
			}
			if strings.Contains(err.Error(), marker) {
				t.Errorf("%v: holds an entry's value", err)
			}
		})
	}
}

func TestCheckReplaceableImmutable(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		immutable *bool
		want      bool
	}{"absent": {nil, true}, "false": {&no, true}, "true": {&yes, false}} {
		t.Run(name, func(t *testing.T) {
			live := liveSecret(nil, nil)
			live.Immutable = c.immutable
			if err := CheckReplaceable(live); (err == nil) != c.want {
				t.Errorf("CheckReplaceable = %v", err)
			}
		})
	}
}

func TestCheckReplaceableOwners(t *testing.T) {
	yes, no := true, false
	owner := func(controller *bool) metav1.OwnerReference {
		return metav1.OwnerReference{
			APIVersion: "bitnami.com/v1alpha1", Kind: "SealedSecret", Name: "app", Controller: controller,
		}
	}
	cases := []struct {
		name   string
		owners []metav1.OwnerReference
		want   string // part of the error; empty: replaceable
	}{
		{"none", nil, ""},
		{"an owner", []metav1.OwnerReference{owner(nil)}, ""},
		{"an owner that does not control", []metav1.OwnerReference{owner(&no)}, ""},
		{"a controller", []metav1.OwnerReference{owner(&yes)}, "SealedSecret/app"},
		{"an owner and a controller", []metav1.OwnerReference{owner(nil), owner(&yes)}, "SealedSecret/app"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			live := liveSecret(nil, nil)
			live.OwnerReferences = c.owners
			err := CheckReplaceable(live)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("CheckReplaceable = %v, want %q", err, c.want)
			}
		})
	}
}

// applied is what kubectl apply keeps of a Secret.
func applied(t *testing.T, data map[string][]byte, stringData map[string]string) string {
	t.Helper()
	text, err := json.Marshal(corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "matrix-secrets"},
		Data:       data, StringData: stringData,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLastAppliedPlaintext(t *testing.T) {
	unreadable := []string{LastAppliedAnnotation}
	cases := []struct {
		name, text string
		want       []string
	}{
		{"no entries", applied(t, nil, nil), nil},
		{"data", applied(t, map[string][]byte{"b": []byte(marker), "a": []byte("x")}, nil), []string{"a", "b"}},
		{"stringData", applied(t, nil, map[string]string{"b": marker, "a": "x"}), []string{"a", "b"}},
		{"both", applied(t, map[string][]byte{"b": []byte(marker)}, map[string]string{"a": marker}),
			[]string{"a", "b"}},
		{"sealed data", applied(t, map[string][]byte{"a": []byte(ciphertext(1))}, nil), nil},
		{"sealed stringData", applied(t, nil, map[string]string{"a": ciphertext(1)}), nil},
		{"mixed", applied(t, map[string][]byte{"a": []byte(ciphertext(1)), "b": []byte(marker)}, nil), []string{"b"}},
		{
			"plain in data, sealed in stringData",
			applied(t, map[string][]byte{"a": []byte(marker)}, map[string]string{"a": ciphertext(1)}), []string{"a"},
		},
		{
			"sealed in data, plain in stringData",
			applied(t, map[string][]byte{"a": []byte(ciphertext(1))}, map[string]string{"a": marker}), []string{"a"},
		},
		{
			"ciphertext twice encoded",
			applied(t, map[string][]byte{"a": []byte(base64.StdEncoding.EncodeToString([]byte(ciphertext(1))))}, nil),
			[]string{"a"},
		},
		{"empty", "", unreadable},
		{"no JSON", "{" + marker, unreadable},
		{"a list", `["` + marker + `"]`, unreadable},
		{"data is no base64", `{"data":{"a":"` + marker + `!"}}`, unreadable},
		{"data is a list", `{"data":["` + marker + `"]}`, unreadable},
		{"a number in stringData", `{"stringData":{"a":12345}}`, unreadable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, annotation := range []string{LastAppliedAnnotation, "kapp.k14s.io/original",
				"example.org/last-applied"} {
				want := slices.Clone(c.want)
				if slices.Equal(want, unreadable) {
					want = []string{annotation}
				}
				if got := keptEntries(map[string]string{annotation: c.text}); !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", annotation, got, want)
				}
			}
		})
	}
}

// TestLastAppliedCiphertext: a copy with ciphertext shows that a sealed manifest is applied from somewhere.
func TestLastAppliedCiphertext(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "{": false, applied(t, nil, nil): false,
		applied(t, map[string][]byte{"a": []byte(marker)}, map[string]string{"b": marker}): false,
		applied(t, map[string][]byte{"a": []byte(ciphertext(1))}, nil):                     true,
		applied(t, nil, map[string]string{"a": ciphertext(1)}):                             true,
	} {
		live := liveSecret(map[string]string{LastAppliedAnnotation: text}, nil)
		if got := lastAppliedCiphertext(live); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if lastAppliedCiphertext(liveSecret(nil, nil)) {
		t.Error("without the annotation")
	}
}

func TestLastAppliedAbsent(t *testing.T) {
	for name, annotations := range map[string]map[string]string{"no annotations": nil, "others": {"other": marker}} {
		t.Run(name, func(t *testing.T) {
			if got := KeptPlaintext(liveSecret(annotations, map[string]string{"a": marker})); got != nil {
				t.Errorf("%q, want none", got)
			}
		})
	}
}
