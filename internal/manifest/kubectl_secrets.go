package manifest

import (
	"strings"

	kjson "sigs.k8s.io/json"
)

// kubectlSecrets is how many Secrets kubectl would write of a document; 0 where it cannot read it. A document can be
// written so that YAML 1.2 does not have its kind, or has another one: with !!binary, with tags of its own, with a name
// twice, with a merge key at the end. And kubectl takes everything with items for a list, whatever its kind.
func kubectlSecrets(text []byte) int {
	object, err := asKubectl(text)
	if err != nil {
		return 0
	}
	var value map[string]any
	if kjson.UnmarshalCaseSensitivePreserveInts(object, &value) != nil {
		return 0
	}
	return secretsIn(value, "", "")
}

// secretsIn counts the Secrets of an object. One that says neither its apiVersion nor its kind has those of its list.
func secretsIn(object map[string]any, version, kind string) int {
	ownVersion, _ := object["apiVersion"].(string)
	ownKind, _ := object["kind"].(string)
	if ownVersion != "" || ownKind != "" {
		version, kind = ownVersion, ownKind
	}
	items, isList := object["items"].([]any)
	if !isList {
		if kind == "Secret" && strings.TrimPrefix(version, "/") == "v1" {
			return 1
		}
		return 0
	}
	n := 0
	for _, one := range items {
		if item, ok := one.(map[string]any); ok {
			n += secretsIn(item, version, strings.TrimSuffix(kind, "List"))
		}
	}
	return n
}

const reasonKubectl = "kubectl takes it for a Secret, and it is written so that its kind is not certain: " +
	"write each Secret as a document with apiVersion: v1 and kind: Secret, without tags, merge keys and items"
