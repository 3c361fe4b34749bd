package patch

import (
	"encoding/json"
	"testing"
)

const deployment = `# Source: shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    spec:
      containers:
        - name: app # the shop
          image: "shop:1"
          env:
            - name: PASSWORD
              valueFrom:
                secretKeyRef: # from Vault
                  name: db
                  key: password
          volumeMounts:
            - {name: tls, mountPath: /tls}
      volumes:
        - name: tls
          secret:
            secretName: db
        # the rest
        - name: tmp
          emptyDir: {}
`

const injected = `# Source: shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  annotations:
    vaultseal.dev/injected: ""
spec:
  template:
    spec:
      containers:
        - name: app # the shop
          image: "shop:1"
          env:
            - name: PASSWORD
              valueFrom:
                fileKeyRef:
                  volumeName: vaultseal-env
          volumeMounts:
            - {name: tls, mountPath: /tls, readOnly: true}
      volumes:
        - name: tls
          emptyDir:
            medium: Memory
            sizeLimit: 1Mi
        # the rest
        - name: tmp
          emptyDir: {}
        - name: vaultseal-env
          emptyDir:
            medium: Memory
      initContainers:
        - name: vaultseal
          args:
            - --file=/vaultseal/open/tls/tls.key=db/tls.key
            - --sealed=/vaultseal/sealed/db=db
`

// TestInjection is what inject does.
func TestInjection(t *testing.T) {
	edits := editsOf(t, `set spec.template.spec.volumes[tls].emptyDir {"medium":"Memory","sizeLimit":"1Mi"}
		remove spec.template.spec.volumes[tls].secret
		insert spec.template.spec.volumes[-] {"name":"vaultseal-env","emptyDir":{"medium":"Memory"}}
		set spec.template.spec.containers[app].volumeMounts[mountPath="/tls"].readOnly true
		set spec.template.spec.containers[app].env[PASSWORD].valueFrom {"fileKeyRef":{"volumeName":"vaultseal-env"}}
		insert spec.template.spec.initContainers[0] {"name":"vaultseal","args":["--file=/vaultseal/open/tls/tls.key=db/tls.key","--sealed=/vaultseal/sealed/db=db"]}
		set metadata.annotations."vaultseal.dev/injected" ""`)
	got, err := checked(t, deployment, edits...)
	if err != nil || got != injected {
		t.Fatalf("%v\n%s", err, got)
	}
	// The record is written into the result. The same inverse removes it.
	d, err := Parse([]byte(deployment))
	if err != nil {
		t.Fatal(err)
	}
	after, inverse, err := d.Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	record, err := json.Marshal(inverse)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"op":"remove","at":"metadata.annotations.\"vaultseal.dev/injected\"","undo":{"prune":1}},` +
		`{"op":"remove","at":"spec.template.spec.initContainers[vaultseal]","undo":{"prune":1}},` +
		`{"op":"set","at":"spec.template.spec.containers[app].env[PASSWORD].valueFrom","value":{"secretKeyRef":{"key":"password","name":"db"}},` +
		`"undo":{"source":{"form":"tail","text":"\n                secretKeyRef: # from Vault\n                  name: db\n                  key: password\n","column":14}}},` +
		`{"op":"remove","at":"spec.template.spec.containers[app].volumeMounts[mountPath=\"/tls\"].readOnly","undo":{}},` +
		`{"op":"remove","at":"spec.template.spec.volumes[vaultseal-env]","undo":{}},` +
		`{"op":"set","at":"spec.template.spec.volumes[tls].secret","value":{"secretName":"db"},` +
		`"undo":{"source":{"form":"lines","text":"          secret:\n            secretName: db\n","column":10,"after":"name"}}},` +
		`{"op":"remove","at":"spec.template.spec.volumes[tls].emptyDir","undo":{}}]`
	if string(record) != want {
		t.Errorf("got\n%s\nwant\n%s", record, want)
	}
	changed, err := Parse(after)
	if err != nil {
		t.Fatal(err)
	}
	recorded, _, err := changed.Apply([]Edit{{Op: Set, At: path(t, `metadata.annotations."vaultseal.dev/injected"`), Value: string(record)}})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err = Parse(recorded); err != nil {
		t.Fatal(err)
	}
	if before, _, err := changed.Apply(inverse); err != nil || string(before) != deployment {
		t.Errorf("%v\n%s", err, before)
	}
}

// TestUndoIndented undoes a change in a document that was indented in another way since.
func TestUndoIndented(t *testing.T) {
	d, err := Parse([]byte("v:\n  - name: a\n    x: # one\n      # two\n      - 1\n      - |\n        text\n    y: {z: 1} # three\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, inverse, err := d.Apply(editsOf(t, "set v[a].w 1\nremove v[a].y\nset v[a].x 1"))
	if err != nil {
		t.Fatal(err)
	}
	if d, err = Parse([]byte("v:\n- w: 1\n  name: a\n  x: 1\n")); err != nil {
		t.Fatal(err)
	}
	const want = "v:\n- name: a\n  x: # one\n    # two\n    - 1\n    - |\n      text\n  y: {z: 1} # three\n"
	if got, _, err := d.Apply(inverse); err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

// TestWithin keeps the edits of one object of a list apart.
func TestWithin(t *testing.T) {
	const text = "kind: List\nitems:\n- name: a\n  x: 1 # c\n- name: b\n  x: 2\n"
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	first, second := Path{Key("items"), Index(0)}, Path{Key("items"), Index(1)}
	edits := append(Below(first, editsOf(t, "remove x\nset y.z 1")), Below(second, editsOf(t, "set x {\"q\":1}"))...)
	after, inverse, err := d.Apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	ofFirst, ofSecond := Within(first, inverse), Within(second, inverse)
	if len(ofFirst) != 2 || len(ofSecond) != 1 || ofFirst[0].At.String() != "y.z" {
		t.Fatalf("%v, %v", ofFirst, ofSecond)
	}
	if d, err = Parse(after); err != nil {
		t.Fatal(err)
	}
	before, _, err := d.Apply(append(Below(second, ofSecond), Below(first, ofFirst)...))
	if err != nil || string(before) != text {
		t.Errorf("%v\n%s", err, before)
	}
}
