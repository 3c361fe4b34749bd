package workload

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	kubectlyaml "sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

var update = flag.Bool("update", false, "rewrite testdata/*.out.yaml")

// facts are a Known of tests. A Secret with a name that begins with plain is not sealed.
type facts struct {
	secrets    map[string]Secret
	configMaps map[string]ConfigMap
	without    Without
	vault      Vault
}

func (f facts) Secret(_, name string) (Secret, error)       { return f.secrets[name], nil }
func (f facts) ConfigMap(_, name string) (ConfigMap, error) { return f.configMaps[name], nil }
func (f facts) SecretIfKnown(_, name string) Secret         { return f.secrets[name] }
func (f facts) WithoutVariableFiles() (Without, error)      { return f.without, nil }
func (f facts) Vault() (Vault, error)                       { return f.vault, nil }

func sealedSecret(entries ...string) Secret {
	return Secret{State: Sealed, Key: transit.Key{Mount: "transit", Name: "app"}, Scope: sealed.Strict,
		Entries: entries, EntriesKnown: true}
}

// someFacts are those of most tests.
func someFacts() facts {
	wide := sealedSecret("token")
	wide.Scope = sealed.NamespaceWide
	return facts{
		secrets: map[string]Secret{
			"db": sealedSecret("password", "user"), "tls": sealedSecret("tls.crt", "tls.key"), "wide": wide,
			"plain":  {State: Plain, Entries: []string{"user"}, EntriesKnown: true},
			"closed": {State: Plain}, "mixed": {State: Mixed}, "absent": {State: Absent}, "elsewhere": {State: Elsewhere},
			"blind": {State: Sealed, Key: transit.Key{Mount: "transit", Name: "app"}},
			"nokey": {State: Sealed, Entries: []string{"a"}, EntriesKnown: true},
		},
		configMaps: map[string]ConfigMap{"settings": {State: Plain, Keys: []string{"colour", "user"}},
			"elsewhere": {State: Elsewhere}},
		vault: Vault{Address: "https://vault.example:8200", Method: "kubernetes"},
	}
}

func someSettings() Settings {
	return Settings{Image: "registry.example/vaultseal@sha256:0", Namespace: "shop",
		CPU: resource.MustParse(DefaultCPU), Memory: resource.MustParse(DefaultMemory)}
}

func decodeYAML(text []byte) (any, error) {
	var value any
	return value, kubectlyaml.Unmarshal(text, &value)
}

// TestShapes injects each testdata/NAME.yaml and compares with NAME.out.yaml, which begins with the notes. The first
// line of the input has the settings: exec, refresh. To rewrite: go test ./internal/workload -run TestShapes -update.
func TestShapes(t *testing.T) {
	names, err := filepath.Glob("testdata/*.in.yaml")
	if err != nil || len(names) < 5 {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(text), "\n")
			settings := someSettings()
			settings.Exec = strings.Contains(first, "exec")
			settings.Refresh = strings.Contains(first, "refresh")
			settings.Commands = map[string][]string{"image": {"/entry", "$HOME"}}
			out, err := Rewrite(text, decodeYAML, someFacts(), settings)
			if err != nil {
				t.Fatal(err)
			}
			shown := string(out.Text)
			for _, note := range out.Notes {
				shown += "# " + note.Object + ": " + note.Text + "\n"
			}
			golden := strings.Replace(name, ".in.", ".out.", 1)
			if *update {
				if err := os.WriteFile(golden, []byte(shown), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(want) != shown {
				t.Errorf("%v\n%s", err, shown)
			}
			checkBack(t, text, out.Text, settings)
		})
	}
}

// checkBack checks that uninject restores the text, and that a second inject changes nothing.
func checkBack(t *testing.T, before, after []byte, settings Settings) {
	t.Helper()
	restored, err := Restore(after, decodeYAML)
	if err != nil || string(restored.Text) != string(before) {
		t.Errorf("restored: %v\n%s\nwant\n%s", err, restored.text(), before)
	}
	again, err := Rewrite(after, decodeYAML, someFacts(), settings)
	if err != nil || string(again.Text) != string(after) {
		t.Errorf("twice: %v\n%s\nwant\n%s", err, again.text(), after)
	}
}

func (r *Rewritten) text() string {
	if r == nil {
		return ""
	}
	return string(r.Text)
}

// pod is a Pod whose spec has these lines.
func pod(lines string) string {
	text := "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\nspec:\n"
	for line := range strings.Lines(strings.TrimLeft(lines, "\n")) {
		text += "  " + line
	}
	return text + "\n"
}

const usesTLS = `
containers:
- {name: app, image: a, volumeMounts: [{name: tls, mountPath: /tls}]}
`

func TestRefusals(t *testing.T) {
	for name, one := range map[string]struct {
		text string
		kind ErrorKind
		says string
		with func(*Settings)
	}{
		"not an object":   {"[1]", NotAManifest, "want a mapping", nil},
		"no kind":         {"a: b", NotAManifest, "apiVersion or kind is missing", nil},
		"kind is a list":  {"apiVersion: v1\nkind: [Pod]", NotAManifest, "not text", nil},
		"items is a map":  {"apiVersion: v1\nkind: List\nitems: {}", NotAManifest, "items is not a list", nil},
		"an item is text": {"apiVersion: v1\nkind: List\nitems: [a]", NotAManifest, "not a mapping", nil},
		"no template":     {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}", NoTemplate, "deployment/a: there is no pod template at spec.template", nil},
		"no spec":         {"apiVersion: v1\nkind: Pod\nmetadata: {name: a}", NoTemplate, "has no spec", nil},
		"no containers":   {pod("volumes: []"), NoTemplate, "has no containers", nil},
		"wrong type":      {pod("containers: {a: hunter2}"), NotWellFormed, "not well-formed", nil},
		"old version":     {"apiVersion: extensions/v1beta1\nkind: Deployment", OldAPIVersion, "use apps/v1", nil},
		"container taken": {pod("containers: [{name: vaultseal-x, env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]"), NameTaken, "a container is called vaultseal-x", nil},
		"volume taken":    {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls}}, {name: vaultseal-env, emptyDir: {}}]"), NameTaken, "a volume is called vaultseal-env", nil},
		"two volumes":     {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls}}, {name: tls, emptyDir: {}}]"), NotWellFormed, "two volumes", nil},
		"two containers":  {pod(usesTLS + "- {name: app}\nvolumes: [{name: tls, secret: {secretName: tls}}]"), NotWellFormed, "two containers", nil},
		"hidden mode":     {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls, defaultMode: 0400}}]"), Owner, "hides them from other users (0400), and no runAsUser", nil},
		"two users": {pod(`
securityContext: {runAsUser: 1}
containers:
- {name: app, image: a, volumeMounts: [{name: tls, mountPath: /tls}]}
- {name: two, securityContext: {runAsUser: 2}, volumeMounts: [{name: tls, mountPath: /tls}]}
volumes: [{name: tls, secret: {secretName: tls, items: [{key: tls.key, path: key, mode: 0440}]}}]`), Owner, "app, two run as different users", nil},
		"owner field":      {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls, defaultUser: 5}}]"), OwnerField, "alpha", nil},
		"owner of an item": {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls, items: [{key: a, path: a, user: 5}]}}]"), OwnerField, "alpha", nil},
		"a token beside": {pod(usesTLS + `volumes: [{name: tls, projected: {sources: [{secret: {name: tls}},
    {serviceAccountToken: {path: token}}]}}]`), ShortLived, "ServiceAccount token", nil},
		"a certificate beside": {pod(usesTLS + `volumes: [{name: tls, projected: {sources: [{secret: {name: tls}},
    {podCertificate: {signerName: a/b, keyType: ED25519}}]}}]`), ShortLived, "pod certificate", nil},
		"Windows":     {pod(usesTLS + "os: {name: windows}\nvolumes: [{name: tls, secret: {secretName: tls}}]"), Unsupported, "Windows", nil},
		"path":        {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls, items: [{key: a, path: ../a}]}}]"), BadName, "../a", nil},
		"path inside": {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls, items: [{key: a, path: a/../../b}]}}]"), BadName, "not valid", nil},
		"new line":    {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls, items: [{key: a, path: \"a\\nb\"}]}}]"), BadName, "control character", nil},
		"entry":       {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls, items: [{key: 'a,optional', path: a}]}}]"), BadName, "entry", nil},
		"secret name": {pod("containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: 'db,scope=unbound', key: user}}}]}]"), BadName, "db,scope", nil},
		"volume name": {pod(usesTLS + "volumes: [{name: 'tls=a', secret: {secretName: tls}}]"), BadName, "tls=a", nil},
		"account":     {pod("serviceAccountName: a b\n" + strings.TrimLeft(usesTLS, "\n") + "volumes: [{name: tls, secret: {secretName: tls}}]"), BadName, "a b", nil},
		"no key":      {pod("containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: nokey, key: a}}}]}]"), NoKey, "nokey", nil},
		"scope":       {pod("containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: wide, key: token}}}]}]"), WeakScope, "namespace-wide", func(s *Settings) { s.LeastScope = sealed.Strict }},
		"no image":    {pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls}}]"), NoImage, "image", func(s *Settings) { s.Image = "" }},
		"namespace": {strings.Replace(pod(usesTLS+"volumes: [{name: tls, secret: {secretName: elsewhere}}]"), "name: shop", "name: shop, namespace: other", 1), OtherNamespace,
			"secret elsewhere is not in the input, and this command asks the cluster only in namespace shop: specify -n other", nil},
		"namespace of a ConfigMap": {pod("containers: [{name: app, envFrom: [{secretRef: {name: db}}, {configMapRef: {name: elsewhere}}]}]"), OtherNamespace, "ConfigMap elsewhere", nil},
		"Windows by affinity": {pod(usesTLS + `volumes: [{name: tls, secret: {secretName: tls}}]
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [
  {matchExpressions: [{key: kubernetes.io/os, operator: In, values: [windows]}]}]}}}`), Unsupported, "Windows", nil},
		"unknown entries":        {pod("containers: [{name: app, envFrom: [{secretRef: {name: blind}}]}]"), EntriesUnknown, "blind", nil},
		"unknown keys":           {pod("containers: [{name: app, envFrom: [{secretRef: {name: db}}, {configMapRef: {name: other}}]}]"), KeysUnknown, "ConfigMap other", nil},
		"unknown secret":         {pod("containers: [{name: app, envFrom: [{secretRef: {name: db}}, {secretRef: {name: other}}]}]"), SecretUnknown, "secret other is not in the input, so it is not known whether it is sealed", nil},
		"unknown secrets":        {pod("containers: [{name: app, envFrom: [{secretRef: {name: other, optional: true}}]}]\nvolumes: [{name: v, secret: {secretName: more}}]"), SecretUnknown, "secrets more, other are not in the input", nil},
		"keys of a plain Secret": {pod("containers: [{name: app, envFrom: [{secretRef: {name: db}}, {secretRef: {name: closed}}]}]"), KeysUnknown, "Secret closed", nil},
		"set again":              {pod("containers: [{name: app, envFrom: [{secretRef: {name: db}}], env: [{name: user, value: 'x$(user)'}]}]"), Expansion, "$(user)", nil},
		"optional again":         {pod("containers: [{name: app, envFrom: [{secretRef: {name: db}}], env: [{name: user, valueFrom: {configMapKeyRef: {name: a, key: b, optional: true}}}]}]"), Expansion, "optional", nil},
		"set twice":              {pod("containers: [{name: app, env: [{name: A, value: b}, {name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]"), NotWellFormed, "twice", nil},
		"two sources": {pod("containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}, " +
			"configMapKeyRef: {name: a, key: b}}}]}]"), NotWellFormed, "more than one source", nil},
		"two volume sources": {pod(usesTLS + "volumes: [{name: tls, hostPath: {path: /a}, secret: {secretName: tls}}]"),
			NotWellFormed, "more than one source", nil},
		"two sources of all": {pod("containers: [{name: app, envFrom: [{secretRef: {name: db}, configMapRef: {name: a}}]}]"),
			NotWellFormed, "more than one source", nil},
		"no command":        {pod("containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]"), NoCommand, "app", func(s *Settings) { s.Exec = true }},
		"exec argument":     {pod("containers: [{name: app, command: [a], args: ['$(A)'], env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]"), Expansion, "an argument", func(s *Settings) { s.Exec = true }},
		"exec variable":     {pod("containers: [{name: app, command: [a], env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}, {name: B, value: '$$$(A)'}]}]"), Expansion, `the variable "B"`, func(s *Settings) { s.Exec = true }},
		"exec subPathExpr":  {pod("containers: [{name: app, command: [a], volumeMounts: [{name: d, mountPath: /d, subPathExpr: $(A)}], env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]\nvolumes: [{name: d, emptyDir: {}}]"), Expansion, "subPathExpr", func(s *Settings) { s.Exec = true }},
		"exec name":         {pod("containers: [{name: app, command: [a], env: [{name: a/b, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]"), BadName, "a/b", func(s *Settings) { s.Exec = true }},
		"exec mount":        {pod("containers: [{name: app, command: [a], volumeMounts: [{name: d, mountPath: /vaultseal/bin/}], env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]\nvolumes: [{name: d, emptyDir: {}}]"), NameTaken, "/vaultseal/bin", func(s *Settings) { s.Exec = true }},
		"record":            {"apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {vaultseal.dev/injected: 'x'}}\nspec: {containers: [{name: a}]}", BadRecord, "not well-formed", nil},
		"empty record":      {"apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {vaultseal.dev/injected: ''}}\nspec: {containers: [{name: a}]}", BadRecord, "empty", nil},
		"record of another": {"apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {vaultseal.dev/injected: '[{\"op\":\"remove\",\"at\":\"metadata.name\"}]'}}\nspec: {containers: [{name: a}]}", BadRecord, "more than inject", nil},
	} {
		settings := someSettings()
		if one.with != nil {
			one.with(&settings)
		}
		_, err := Rewrite([]byte(one.text), decodeYAML, someFacts(), settings)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Kind != one.kind || !strings.Contains(err.Error(), one.says) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error has a value: %v", name, err)
		}
	}
}

func TestOldNodes(t *testing.T) {
	known := someFacts()
	text := pod("containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]")
	for kind, without := range map[ErrorKind]Without{
		NodesTooOld: {`node a has "v1.34.1"`, true}, NodesUnknown: {"no node is asked", false},
	} {
		known.without = without
		_, err := Rewrite([]byte(text), decodeYAML, known, someSettings())
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Kind != kind || !strings.Contains(err.Error(), without.Reason) {
			t.Error(err)
		}
	}
}

// TestLeftAlone: what has no sealed Secret stays byte for byte.
func TestLeftAlone(t *testing.T) {
	for name, text := range map[string]string{
		"no Secret":        pod("containers: [{name: app}]"),
		"a plain Secret":   pod("containers: [{name: app, envFrom: [{secretRef: {name: plain}}]}]"),
		"a mixed Secret":   pod("containers: [{name: app, envFrom: [{secretRef: {name: mixed}}]}]"),
		"an absent Secret": pod("containers: [{name: app, envFrom: [{secretRef: {name: absent, optional: true}}]}]"),
		"pull secrets":     pod("imagePullSecrets: [{name: db}]\ncontainers: [{name: app}]"),
		"another kind":     "apiVersion: example.com/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{envFrom: [{secretRef: {name: db}}]}]}}}",
		"a claim": "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a}]}}, " +
			"volumeClaimTemplates: [{metadata: {name: tls}}]}",
		"a volume in whose place a claim is mounted": "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\n" +
			"spec: {template: {spec: {containers: [{name: a}], volumes: [{name: tls, secret: {secretName: elsewhere}}]}}, " +
			"volumeClaimTemplates: [{metadata: {name: tls}}]}",
	} {
		out, err := Rewrite([]byte(text), decodeYAML, someFacts(), someSettings())
		if err != nil || string(out.Text) != text {
			t.Errorf("%s: %v\n%s", name, err, out.text())
		}
		t.Log(name, out.Notes)
	}
}
