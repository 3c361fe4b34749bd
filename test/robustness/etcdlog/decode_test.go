package etcdlog

import (
	"maps"
	"strings"
	"testing"
)

// field is a length-delimited field of a protobuf message. Each part must be shorter than 128 bytes.
func field(number byte, parts ...string) string {
	text := strings.Join(parts, "")
	return string([]byte{number<<3 | 2, byte(len(text))}) + text
}

// stored is an object as the API server stores it, byte by byte: the prefix, then a runtime.Unknown with the kind
// (field 1: apiVersion and kind), the object (2), its encoding (3) and its content type (4).
func stored(apiVersion, kind, object string) string {
	return "k8s\x00" + field(1, field(1, apiVersion), field(2, kind)) + field(2, object) + field(3) + field(4)
}

// secretBytes is a Secret: metadata (1) with name (1), namespace (3) and UID (5), then an entry (2) and the type (3).
func secretBytes(namespace, name, uid, entry, value string) string {
	return field(1, field(1, name), field(3, namespace), field(5, uid)) +
		field(2, field(1, entry), field(2, value)) + field(3, "Opaque")
}

func TestDecodeSecret(t *testing.T) {
	value := stored("v1", "Secret", secretBytes("shop", "db", "4f1c", "password", "vault:v3:AAAA"))
	secret, err := decodeSecret([]byte(value))
	if err != nil {
		t.Fatal(err)
	}
	data := map[string][]byte{"password": []byte("vault:v3:AAAA")}
	if secret.Namespace != "shop" || secret.Name != "db" || secret.UID != "4f1c" || secret.Type != "Opaque" ||
		!maps.EqualFunc(secret.Data, data, func(a, b []byte) bool { return string(a) == string(b) }) {
		t.Errorf("%+v", secret)
	}
}

func TestDecodeSecretRefuses(t *testing.T) {
	const hidden = "correct-horse"
	object := secretBytes("shop", "db", "4f1c", "password", hidden)
	whole := stored("v1", "Secret", object)
	for name, value := range map[string]string{
		"nothing":         "",
		"JSON":            `{"apiVersion": "v1", "kind": "Secret", "data": {"password": "` + hidden + `"}}`,
		"encrypted":       "k8s:enc:aescbc:v1:key1:" + hidden,
		"other kind":      stored("v1", "ConfigMap", object),
		"other version":   stored("v2", "Secret", object),
		"cut":             whole[:len(whole)-10],
		"object cut":      stored("v1", "Secret", object[:len(object)-1]),
		"content type":    "k8s\x00" + field(1, field(1, "v1"), field(2, "Secret")) + field(2, object) + field(4, "text"),
		"content encoded": "k8s\x00" + field(1, field(1, "v1"), field(2, "Secret")) + field(2, object) + field(3, "gzip"),
	} {
		t.Run(name, func(t *testing.T) {
			secret, err := decodeSecret([]byte(value))
			if err == nil {
				t.Fatalf("read as %s/%s", secret.Namespace, secret.Name)
			}
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("the error quotes the value: %v", err)
			}
		})
	}
}
