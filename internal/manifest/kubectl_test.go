package manifest

import "testing"

const (
	other         = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	escapedSecret = "\"apiVersion\": v1\n\"k\\x69nd\": \"\\x53ecret\"\nmetadata: {name: b}\n\"string\\x44ata\": {a: " +
		"contributor-mule}\n"
)

// TestWhatKubectlTakesForASecret: kubectl creates a Secret of each of these, so that none of them is passed over.
func TestWhatKubectlTakesForASecret(t *testing.T) {
	for name, text := range map[string]string{
		"binarykind.yaml": "apiVersion: v1\nkind: !!binary U2VjcmV0\nmetadata: {name: binarykind}\nstringData: {a: " +
			"contributor-mule}\n",
		"latemerge.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: latemerge}\nstringData: {a: " +
			"contributor-mule}\n<<: {kind: Secret}\n",
		"duphidden.yaml": "\"\\x61piVersion\": v1\n\"k\\x69nd\": \"\\x53ecret\"\nmetadata: {name: " +
			"duphidden}\nmetadata: {name: duphidden}\n\"\\x73tringData\": {a: contributor-mule}\n",
		"dupkind.yaml": "apiVersion: v1\nkind: ConfigMap\nkind: \"\\x53ecret\"\nmetadata: {name: " +
			"dupkind}\nstringData: {a: contributor-mule}\n",
		"secretlist.yaml": "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: secretlist}\n  stringData: " +
			"{a: contributor-mule}\n",
		"cmitems.yaml": "apiVersion: v1\nkind: ConfigMap\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: " +
			"{name: cmitems}\n  stringData: {a: contributor-mule}\n",
		"cmlist.yaml": "apiVersion: v1\nkind: ConfigMapList\nitems:\n- apiVersion: v1\n  kind: Secret\n  " +
			"metadata: {name: cmlist}\n  stringData: {a: contributor-mule}\n",
		"secretitems.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: outer}\nitems:\n- apiVersion: v1\n  " +
			"kind: Secret\n  metadata: {name: inner}\n  stringData: {a: contributor-mule}\n",
		"appslist.yaml": "apiVersion: apps/v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: " +
			"{name: appslist}\n  stringData: {a: contributor-mule}\n",
		"slashv1.yaml": "apiVersion: /v1\nkind: Secret\nmetadata: {name: slashv1}\nstringData: {a: " +
			"contributor-mule}\n",
		"tag.yaml": "apiVersion: v1\nkind: !foo \"Secr\\u0065t\"\nmetadata: {name: tag}\nstringData: {a: " +
			"contributor-mule}\n",
		"jsondup.json":   "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"k\\u0069nd\":\"S\\u0065cret\",\"metadata\":{\"name\":\"jsondup\"},\"stringData\":{\"a\":\"contributor-mule\"}}\n",
		"jsontrail.json": "{\"apiVersion\":\"v1\",\"k\\u0069nd\":\"S\\u0065cret\",\"metadata\":{\"name\":\"jsontrail\"},\"string\\u0044ata\":{\"a\":\"contributor-mule\"}}{\n",
		"json2.yaml":     "{\"apiVersion\":\"v1\",\"k\\u0069nd\":\"S\\u0065cret\",\"metadata\":{\"name\":\"json2\"},\"string\\u0044ata\":{\"a\":\"contributor-mule\"}}\n{\"a\":1}\n---\na: b\n",
		"json3.yaml":     "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"json3a\"}}\n---\n\"apiVersion\": v1\n\"k\\x69nd\": Secret\nmetadata: {name: json3b}\nstringData: {a: contributor-mule}\n",
		"block.yaml": "apiVersion: v1\nkind: |-\n  Secret\nmetadata: {name: block}\nmetadata: {name: " +
			"block}\nstringData: {a: contributor-mule}\n",
		"cr.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: cr}\nstringData: {a: contributor-mule}\n",
		"generate.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {generateName: generate-}\nstringData: {a: " +
			"contributor-mule}\n",
		"nul.yaml": "apiVersion: v1\nkind: \"Secret\"\nmetadata: {name: nul, annotations: {a: " +
			"\"\\0\"}}\nmetadata: {name: nul}\nstringData: {a: contributor-mule}\n",
		"comment.yaml":  other + "---# a comment\n" + escapedSecret,
		"formfeed.yaml": other + "---\f\n" + escapedSecret,
		"nextline.yaml": other + "---\u0085\n" + escapedSecret,
		"control.yaml":  other + "--- # \x01\n" + escapedSecret,
		"begin.yaml":    "---#\n" + escapedSecret,
		"twice.yaml":    other + "---\n---#\n" + escapedSecret,
		"merge2.yaml": "x: &x {kind: Secret}\napiVersion: v1\n<<: *x\nmetadata: {name: merge2}\nstringData: {a: " +
			"contributor-mule}\n",
	} {
		read, err := ReadSealed([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(read.Secrets())+len(read.Unread()) == 0 {
			t.Errorf("%s: it is passed over", name)
		}
	}
}

// TestOthersArePassedOver: kubectl creates no Secret of these.
func TestOthersArePassedOver(t *testing.T) {
	for name, text := range map[string]string{
		"a list of others": "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n  data: {kind: " +
			"Secret}\n",
		"items of a field": "apiVersion: example.com/v1\nkind: Menu\nspec: {items: [{apiVersion: v1, kind: " +
			"Secret}]}\n",
		"no list": "apiVersion: example.com/v1\nkind: Menu\nitems: 3\n",
		"a name twice": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nmetadata: {name: a}\ndata: {a: " +
			"b}\n",
		"another's Secret":   "apiVersion: example.com/v1\nkind: Secret\nmetadata: {name: a}\nspec: {a: b}\n",
		"tags":               "AWSTemplateFormatVersion: '2010-09-09'\nkind: !Ref Other\n",
		"a merge at the end": "base: &base {kind: ConfigMap}\napiVersion: v1\nmetadata: {name: a}\n<<: *base\n",
	} {
		read, err := ReadSealed([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(read.Secrets())+len(read.Unread()) > 0 {
			t.Errorf("%s: %d Secrets, %v", name, len(read.Secrets()), read.Unread())
		}
	}
}
