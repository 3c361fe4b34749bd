package test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/test/probe/report"
)

// matrixSecrets are the plaintext Secrets that the pods of the matrix use. Values are such as people have.
func matrixSecrets() map[string]map[string]string {
	return map[string]map[string]string{
		"db":  {"user": "matrix-user", "password": "matrix $(HOME) \"quoted\" \\n", "multi": "line one\nline two\n"},
		"tls": {"tls.crt": "matrix certificate\n", "tls.key": "matrix key\n", "binary": "\x00\xff\x00"},
		"app": {"LOG_LEVEL": "debug", "user": "matrix-app", "9LIVES": "cat"},
	}
}

// matrixVolumes has every way to reference a Secret in a volume, and matrixMounts every way to mount one.
const matrixVolumes = `
  - {name: whole, secret: {secretName: tls}}
  - name: strict
    secret:
      secretName: tls
      defaultMode: MODE
      items: [{key: tls.key, path: deep/er/key.pem}, {key: tls.crt, path: crt.pem, mode: 0644}]
  - {name: absent, secret: {secretName: none, optional: true}}
  - {name: partly, secret: {secretName: db, optional: true, items: [{key: user, path: user}, {key: gone, path: gone}]}}
  - {name: sub, secret: {secretName: db, defaultMode: MODE}}
  - name: mixed
    projected:
      defaultMode: MODE
      sources:
      - secret: {name: db, items: [{key: password, path: secrets/password}]}
      - configMap: {name: settings, items: [{key: color, path: color}]}
      - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
      - secret: {name: app}
  - {name: outer, secret: {secretName: app}}
  - {name: inner, emptyDir: {}}
`

const matrixMounts = `
    - {name: whole, mountPath: /m/whole}
    - {name: strict, mountPath: /m/strict, readOnly: true}
    - {name: absent, mountPath: /m/absent}
    - {name: partly, mountPath: /m/partly}
    - {name: sub, mountPath: /m/sub/password.txt, subPath: password}
    - {name: mixed, mountPath: /m/mixed}
    - {name: outer, mountPath: /m/outer}
    - {name: inner, mountPath: /m/outer/inner}
`

// matrixEnv has every way to reference a Secret in a variable.
const matrixEnv = `
    envFrom:
    - secretRef: {name: app}
    - prefix: DB_
      secretRef: {name: db}
    - configMapRef: {name: settings}
    - secretRef: {name: none, optional: true}
    env:
    - {name: BEFORE, value: plain}
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: ABSENT, valueFrom: {secretKeyRef: {name: none, key: none, optional: true}}}
    - {name: GONE, valueFrom: {secretKeyRef: {name: db, key: gone, optional: true}}}
    - {name: user, value: set later}
`

// matrixUses refers to a sealed variable, which only kubelet can resolve.
const matrixUses = `    - {name: USES, value: "$(BEFORE)-$(PASSWORD)"}
`

// security is a kind of pod in the matrix.
type security struct {
	name      string
	pod       string // securityContext of the pod
	container string // securityContext of its containers
	mode      string // of files that others cannot read
}

func matrixSecurity() []security {
	const restricted = "{allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, readOnlyRootFilesystem: true}"
	return []security{
		{"restricted", "{runAsNonRoot: true, runAsUser: 1234, runAsGroup: 1234, seccompProfile: {type: RuntimeDefault}}",
			restricted, "0444"},
		{"fsgroup", "{runAsNonRoot: true, runAsUser: 1234, fsGroup: 4321, seccompProfile: {type: RuntimeDefault}}",
			restricted, "0400"},
		{"root", "{}", "{runAsUser: 0}", "0400"},
		{"image", "{}", "{readOnlyRootFilesystem: true}", "0644"},
	}
}

// manifest is the pod of a row, with more variables. The image has no shell.
func (s security) manifest(env string) string {
	container := func(name, more string) string {
		return "  - name: " + name + "\n    image: " + probeImage + "\n    command: [/probe]\n    args: [show, /m, --, wait]\n    securityContext: " +
			s.container + "\n" + more + "    volumeMounts:" + matrixMounts + matrixEnv[1:] + env
	}
	first := strings.Replace(container("first", ""), ", --, wait", "", 1)
	return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + s.name + ", labels: {matrix: " + s.name + "}}\nspec:\n" +
		"  serviceAccountName: matrix\n  automountServiceAccountToken: false\n  terminationGracePeriodSeconds: 1\n" +
		"  securityContext: " + s.pod + "\n  initContainers:\n" + first +
		container("sidecar", "    restartPolicy: Always\n") + "  containers:\n" + container("main", "") +
		"  volumes:" + strings.ReplaceAll(matrixVolumes, "MODE", s.mode)
}

// TestWorkloadMatrix: a container of an injected pod has the same files and variables as one of the plain original,
// however it references its Secrets.
func TestWorkloadMatrix(t *testing.T) {
	t.Parallel()
	n := theNode(t)
	n.loadProbe(t)
	n.loadVaultseal(t)
	plain, sealed := newTestNamespace(t), newTestNamespace(t)
	for _, p := range []testNamespace{plain, sealed} {
		p.kubectl(t, "create", "serviceaccount", "matrix")
		p.kubectl(t, "create", "configmap", "settings", "--from-literal=color=blue", "--from-literal=DB_user=overridden")
	}
	sealed.workloadRole(t, "matrix")
	for name, entries := range matrixSecrets() {
		var literals []string
		for entry, value := range entries {
			literals = append(literals, "--from-file="+entry+"="+plain.file(t, "value", value))
		}
		plain.kubectl(t, append([]string{"create", "secret", "generic", name}, literals...)...)
		sealed.develops(t, append([]string{"create", name}, literals...)...)
	}
	for _, row := range matrixSecurity() {
		t.Run(row.name, func(t *testing.T) {
			for env, flags := range map[string][]string{"": {"--env=exec"}, matrixUses: {"--env=files", "--refresh"}} {
				manifest := row.manifest(env)
				plain.apply(t, manifest)
				sealed.apply(t, sealed.injected(t, plain.file(t, "pod.yaml", manifest), flags...))
				sealed.compare(t, plain, row)
				for _, p := range []testNamespace{plain, sealed} {
					p.kubectl(t, "delete", "pod", row.name, "--now")
				}
			}
		})
	}
}

// compare compares what the containers of a pod were given with those of the plain original in another namespace.
func (p testNamespace) compare(t *testing.T, plain testNamespace, row security) {
	t.Helper()
	plain.awaitReady(t, row.name)
	p.awaitReady(t, row.name)
	for _, container := range []string{"first", "sidecar", "main"} {
		want := plain.reported(t, row.name, container)
		got := p.reported(t, row.name, container)
		for _, difference := range differences(want, got, row.owners(got.UID)) {
			t.Errorf("%s, container %s: %s", row.name, container, difference)
		}
	}
}

// owners are the users that files may belong to: root, the consumer, and that of vaultseal's image if the manifest does
// not say as which user the consumer runs.
func (s security) owners(consumer int) []int {
	if s.name == "image" {
		return []int{vaultsealUser}
	}
	return []int{0, consumer}
}

// groupRead is what kubelet adds to the modes of its files in a pod with fsGroup.
const groupRead = 0o040

// differences compares files and variables. kubelet's files belong to root, and vaultseal's to the user of their
// consumers, who can read them without the group.
func differences(want, got report.Report, owners []int) (found []string) {
	for _, name := range slices.Sorted(maps.Keys(merged(want.Env, got.Env))) {
		if name == "HOSTNAME" || strings.HasPrefix(name, "KUBERNETES_") {
			continue
		}
		if was, is := want.Env[name], got.Env[name]; was != is {
			found = append(found, fmt.Sprintf("variable %s is %q, want %q", name, is, was))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(merged(want.Files, got.Files))) {
		was, is := want.Files[path], got.Files[path]
		if is.UID != 0 && slices.Contains(owners, int(is.UID)) && is.Mode != was.Mode {
			was.Mode &^= groupRead
		}
		same := was.Mode.Type() == is.Mode.Type()
		if !is.Mode.IsDir() {
			same = slices.Contains(owners, int(is.UID)) && was.Mode == is.Mode && was.Link == is.Link &&
				was.Denied == is.Denied && bytes.Equal(was.Content, is.Content)
		}
		if !same {
			found = append(found, fmt.Sprintf("file %s is %s, want %s", path, show(is), show(was)))
		}
	}
	return found
}

func show(f report.File) string {
	return fmt.Sprintf("%v %q (denied %v, link %q, owner %d:%d)", f.Mode, f.Content, f.Denied, f.Link, f.UID,
		f.GID)
}

func merged[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
