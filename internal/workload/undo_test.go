package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const usesAll = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: app
        image: app
        command: [server, --x]
        env:
        - name: PASSWORD
          valueFrom: {secretKeyRef: {name: db, key: password}}
        volumeMounts:
        - {name: tls, mountPath: /tls}
      - name: other
        image: other
        envFrom:
        - configMapRef: {name: settings}
        - secretRef: {name: wide}
        - configMapRef: {name: settings, optional: true}
      volumes:
      - name: tls
        secret: {secretName: tls}
`

func injected(t *testing.T, text string, exec bool) string {
	t.Helper()
	settings := someSettings()
	settings.Exec, settings.Commands = exec, map[string][]string{"other": {"serve"}}
	out, err := Rewrite([]byte(text), decodeYAML, someFacts(), settings)
	if err != nil {
		t.Fatal(err)
	}
	return out.text()
}

func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for n := 0; n < len(pairs); n += 2 {
		if strings.Count(text, pairs[n]) != 1 {
			t.Fatalf("%d times %q in\n%s", strings.Count(text, pairs[n]), pairs[n], text)
		}
		text = strings.Replace(text, pairs[n], pairs[n+1], 1)
	}
	return text
}

func checkBadRecord(t *testing.T, text, says string) {
	t.Helper()
	_, restoreErr := Restore([]byte(text), decodeYAML)
	_, rewriteErr := Rewrite([]byte(text), decodeYAML, someFacts(), someSettings())
	for _, err := range []error{restoreErr, rewriteErr} {
		wrong, ok := errors.AsType[*Error](err)
		if !ok || wrong.Kind != BadRecord || !strings.Contains(err.Error(), says) {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// TestChangedWhereInjectChanged: a manifest that lacks what inject left there is not restored in part.
func TestChangedWhereInjectChanged(t *testing.T) {
	const words = "[/vaultseal/bin/kubectl-vaultseal, exec, --env-dir=/vaultseal/env, --, server, --x]"
	const command = "        command: " + words + "\n"
	for name, one := range map[string]struct {
		exec  bool
		pairs []string
	}{
		"a renamed volume": {false, []string{"- name: tls\n        emptyDir:", "- name: certs\n        emptyDir:",
			"{name: tls, mountPath: /tls,", "{name: certs, mountPath: /tls,"}},
		"another volume":              {false, []string{"emptyDir:\n          medium: Memory\n          sizeLimit: 4Mi", "emptyDir: {}"}},
		"a renamed container, files":  {false, []string{"- name: app\n", "- name: web\n"}},
		"a renamed container, exec":   {true, []string{"- name: app\n", "- name: web\n"}},
		"another command":             {true, []string{words, `[sh, -c, "exec server --y"]`}},
		"no command":                  {true, []string{command, ""}},
		"a command around":            {true, []string{words, "[/tini, --, " + words[1:]}},
		"a shell around":              {true, []string{words, `[sh, -c, "/vaultseal/bin/kubectl-vaultseal exec a"]`}},
		"only the words of inject":    {true, []string{", server, --x]", "]"}},
		"the variable has a value":    {false, []string{"valueFrom:\n            fileKeyRef:\n              key: PASSWORD\n              path: app/PASSWORD\n              volumeName: vaultseal-env\n", "value: x\n"}},
		"the variable is back, exec":  {true, []string{"        volumeMounts:\n        - {name: tls, mount", "        env: [{name: PASSWORD, value: x}]\n        volumeMounts:\n        - {name: tls, mount"}},
		"a renamed variable":          {false, []string{"- name: PASSWORD\n", "- name: OTHER\n"}},
		"envFrom has one more first":  {false, []string{"        envFrom:\n", "        envFrom:\n        - configMapRef: {name: new}\n"}},
		"envFrom has one more at end": {false, []string{"optional: true}\n", "optional: true}\n        - configMapRef: {name: new}\n"}},
		"envFrom is gone":             {true, []string{"        envFrom:\n        - configMapRef: {name: settings}\n        - configMapRef: {name: settings, optional: true}\n", ""}},
		"one of ours is renamed":      {false, []string{"- name: vaultseal-sealed-tls\n        secret:", "- name: vaultseal-more\n        secret:"}},
	} {
		t.Run(name, func(t *testing.T) {
			checkBadRecord(t, replaced(t, injected(t, usesAll, one.exec), one.pairs...), recordOutdated)
		})
	}
}

// TestUninjectKeepsWhatOthersChanged: changes elsewhere are still there when inject is undone.
func TestUninjectKeepsWhatOthersChanged(t *testing.T) {
	for _, exec := range []bool{false, true} {
		changes := []string{"replicas: 1", "replicas: 3", "image: app\n", "image: app:v2\n",
			"metadata:\n  name: shop\n", "metadata:\n  name: shop\n  labels: {a: b}\n",
			"      - name: other\n", "      - {name: more, image: more}\n      - name: other\n",
			"server, --x]", "server, --y]",
			"      volumes:\n", "      volumes:\n      - {name: own, emptyDir: {}}\n"}
		text := replaced(t, injected(t, usesAll, exec), changes[:8]...)
		text = replaced(t, text, changes[8:]...)
		restored, err := Restore([]byte(text), decodeYAML)
		if err != nil {
			t.Fatal(err)
		}
		if want := replaced(t, usesAll, changes...); restored.text() != want {
			t.Errorf("%s\nwant\n%s", restored.text(), want)
		}
	}
}

// TestUninjectKeepsNewVariables: they stay, also where exec left the container none.
func TestUninjectKeepsNewVariables(t *testing.T) {
	text := replaced(t, injected(t, usesAll, true), "        image: app\n", "        image: app\n        env: [{name: NEW, value: x}]\n")
	restored, err := Restore([]byte(text), decodeYAML)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, one := range podOf(t, restored.Text).Spec.Containers[0].Env {
		names = append(names, one.Name)
	}
	if fmt.Sprint(names) != "[PASSWORD NEW]" {
		t.Errorf("%v\n%s", names, restored.text())
	}
}

func podOf(t *testing.T, text []byte) *template {
	t.Helper()
	objects, err := decodeObjects(text, decodeYAML)
	if err != nil {
		t.Fatal(err)
	}
	pod, err := objects[0].readTemplate()
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// TestForgedRecord: a record that someone else wrote changes only what inject changes.
func TestForgedRecord(t *testing.T) {
	const self = `{"op":"remove","at":"metadata.annotations.\"vaultseal.dev/injected\"","undo":{"prune":1}}`
	const volume = `{"op":"remove","at":"spec.volumes[tls].emptyDir"},` +
		`{"op":"set","at":"spec.volumes[tls].secret","value":{"secretName":"tls"}}`
	manifest := func(record string) string {
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		return `{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {own: x, vaultseal.dev/injected: ` + string(text) + `}}, ` +
			`spec: {containers: [{name: app, image: a, command: [/vaultseal/bin/kubectl-vaultseal, exec, ` +
			`--env-dir=/vaultseal/env, --, a], env: [{name: A, valueFrom: {fileKeyRef: {volumeName: vaultseal-env, ` +
			`path: app/A, key: A}}}], volumeMounts: [{name: tls, mountPath: /tls, readOnly: true}, {name: own, ` +
			`mountPath: /own, readOnly: true}]}], initContainers: [{name: own}, {name: vaultseal, image: v}], ` +
			`volumes: [{name: tls, emptyDir: {medium: Memory}}, {name: own, emptyDir: {}}]}}`
	}
	const app = `spec.containers[app]`
	for _, forged := range []string{
		`{"op":"set","at":"spec.hostPID","value":true}`,
		`{"op":"set","at":"spec.volumes","value":[]}`,
		`{"op":"remove","at":"spec.securityContext"}`,
		`{"op":"set","at":"` + app + `.image","value":"evil"}`,
		`{"op":"set","at":"` + app + `.securityContext.privileged","value":true}`,
		`{"op":"set","at":"` + app + `.env[A].value","value":"x"}`,
		`{"op":"set","at":"` + app + `.env[A].valueFrom","value":{"fieldRef":{"fieldPath":"metadata.name"}}}`,
		`{"op":"set","at":"` + app + `.env[A].valueFrom","value":{"configMapKeyRef":{"name":"a","key":"b"}}}`,
		`{"op":"insert","at":"` + app + `.env[0]","value":{"name":"LD_PRELOAD","value":"x"}}`,
		`{"op":"set","at":"` + app + `.env","value":[{"name":"LD_PRELOAD","value":"x"}]}`,
		`{"op":"set","at":"` + app + `.env","value":"x"}`,
		`{"op":"insert","at":"` + app + `.envFrom[0]","value":{"configMapRef":{"name":"evil"}}}`,
		`{"op":"set","at":"` + app + `.envFrom","value":[{"configMapRef":{"name":"evil"}}]}`,
		`{"op":"set","at":"` + app + `.command","value":["evil"]}`,
		`{"op":"remove","at":"` + app + `.command[4]"}`,
		`{"op":"remove","at":"` + app + `.command[0]"}`,
		`{"op":"set","at":"` + app + `.args","value":["evil"]}`,
		`{"op":"insert","at":"` + app + `.volumeMounts[-]","value":{"name":"own","mountPath":"/evil"}}`,
		`{"op":"remove","at":"` + app + `.volumeMounts[mountPath=\"/tls\"]"}`,
		`{"op":"remove","at":"` + app + `.volumeMounts[0].readOnly"}`,
		`{"op":"set","at":"` + app + `.volumeMounts[mountPath=\"/tls\"].readOnly","value":"x"}`,
		`{"op":"remove","at":"spec.containers[0].command"}`,
		`{"op":"remove","at":"spec.initContainers[own]"}`,
		`{"op":"remove","at":"spec.initContainers[0]"}`,
		`{"op":"remove","at":"spec.volumes[own]"}`,
		`{"op":"remove","at":"spec.\"volumes[]\""}`,
		`{"op":"set","at":"spec.\"volumes[].secret\"","value":{"secretName":"tls"}}`,
		`{"op":"remove","at":"spec.\"containers[].env[]\""}`,
		`{"op":"remove","at":"` + app + `.\"env[]\""}`,
		`{"op":"set","at":"spec.initContainers[vaultseal].image","value":"evil"}`,
		`{"op":"set","at":"spec.initContainers[vaultseal].command","value":null}`,
		`{"op":"remove","at":"spec.volumes[tls].emptyDir"}`,
		`{"op":"set","at":"spec.volumes[tls].hostPath","value":{"path":"/"}}`,
		volume + `,{"op":"set","at":"spec.volumes[tls].emptyDir","value":{}}`,
		`{"op":"set","at":"spec.volumes[tls].secret","value":{"secretName":"tls"}}`,
		`{"op":"remove","at":"spec.volumes[tls].emptyDir"},{"op":"set","at":"spec.volumes[tls].secret","value":{}}`,
		`{"op":"remove","at":"spec.volumes[tls].emptyDir"},{"op":"set","at":"spec.volumes[tls].projected","value":` +
			`{"sources":[{"secret":{"name":"a"}},{"serviceAccountToken":{"path":"token"}}]}}`,
		`{"op":"remove","at":"spec.volumes[tls].emptyDir"},{"op":"set","at":"spec.volumes[tls].projected","value":` +
			`{"sources":[{"configMap":{"name":"a"}}]}}`,
		`{"op":"set","at":"metadata.annotations.other","value":"x"}`,
		`{"op":"remove","at":"metadata.annotations.own"}`,
		`{"op":"set","at":"metadata.annotations.\"vaultseal.dev/injected\"","value":"x"}`,
		self,
	} {
		says := recordForeign
		if forged == self {
			says = "it does not remove itself"
		}
		checkBadRecord(t, manifest("["+self+","+forged+"]"), says)
	}
	checkBadRecord(t, manifest("["+volume+"]"), "it does not remove itself")
	checkBadRecord(t, manifest("[]"), "it does not remove itself")
	checkBadRecord(t, manifest("["+self+"]"), "a container vaultseal would stay")
	checkBadRecord(t, manifest("["+self+","+volume+`,{"op":"remove","at":"`+app+
		`.volumeMounts[mountPath=\"/own\"].readOnly"}]`), recordOutdated)
}

// TestCommentsInRecord: inject says once that comments of the manifest get into the cluster.
func TestCommentsInRecord(t *testing.T) {
	for name, one := range map[string]struct {
		text  string
		notes int
	}{
		"none":      {usesAll, 0},
		"elsewhere": {replaced(t, usesAll, "replicas: 1", "replicas: 1 # one"), 0},
		"in what is replaced": {replaced(t, usesAll, "secret: {secretName: tls}", "secret: # of the shop\n          secretName: tls",
			"        - secretRef: {name: wide}\n", "        # all\n        - secretRef: {name: wide} # wide\n"), 1},
	} {
		out, err := Rewrite([]byte(one.text), decodeYAML, someFacts(), someSettings())
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, note := range out.Notes {
			if strings.Contains(note.Text, "has comments of the manifest") && note.Object == "deployment/shop" {
				count++
			}
		}
		if count != one.notes {
			t.Errorf("%s: %d notes\n%s", name, count, out.text())
		}
		checkBack(t, []byte(one.text), out.Text, someSettings())
	}
}

// TestNotSealedAnyMore: inject does not silently give up a Secret that it opened before.
func TestNotSealedAnyMore(t *testing.T) {
	text := injected(t, usesAll, false)
	for _, state := range []State{Unknown, Absent, Plain, Mixed} {
		known := someFacts()
		known.secrets["tls"] = Secret{State: state, Entries: []string{"tls.crt"}, EntriesKnown: true}
		_, err := Rewrite([]byte(text), decodeYAML, known, someSettings())
		wrong, ok := errors.AsType[*Error](err)
		if !ok || wrong.Kind != NotSealed || !strings.Contains(err.Error(), "tls") {
			t.Errorf("%v: %v", state, err)
		}
		restored, err := Restore([]byte(text), decodeYAML)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Rewrite(restored.Text, decodeYAML, known, someSettings())
		refusal, refused := errors.AsType[*Error](err)
		if state == Unknown && refused && refusal.Kind == SecretUnknown {
			continue
		}
		if state == Unknown || err != nil {
			t.Errorf("%v after uninject: %v", state, err)
		}
	}
}
