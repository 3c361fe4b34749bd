package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// oldPlaintext and newPlaintext are the values of the store's password before and after the migration guides.
const (
	oldPlaintext = "old-migration-horse"
	newPlaintext = "new-horse"
)

// store is a namespace with plaintext Secrets, as users have one before they migrate.
const store = `
kubectl create namespace store
kubectl vaultseal setup --namespaces default --grant group:devs
cat > store.yaml <<'END'
apiVersion: v1
kind: ServiceAccount
metadata: {name: store}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: store}
spec:
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec:
      serviceAccountName: store
      terminationGracePeriodSeconds: 1
      volumes: [{name: store, secret: {secretName: store}}]
      containers:
      - name: store
        image: localhost/probe:1
        args: [wait]
        env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: store, key: password}}}]
        volumeMounts: [{name: store, mountPath: /store}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: store}
spec:
  tls: [{hosts: [store.example.com], secretName: store-tls}]
  defaultBackend: {service: {name: store, port: {number: 80}}}
END
`

// TestWorkloadPlainSecrets follows docs/migrate-from-plain-secrets.md with a Deployment that runs on the node. The
// stack must be bare.
func TestWorkloadPlainSecrets(t *testing.T) {
	n := theNode(t)
	n.loadProbe(t)
	n.releasePlugin(t)
	p := testNamespace{namespace: "store", kubeconfig: theStack.kubeconfig, dir: t.TempDir()}
	before := store + `
cat > plain.yaml <<'END'
apiVersion: v1
kind: Secret
metadata: {name: store}
stringData: {password: ` + oldPlaintext + `}
END
kubectl apply -n store -f plain.yaml -f store.yaml
rm plain.yaml
kubectl create secret generic store-tls -n store --type kubernetes.io/tls \
  --from-literal=tls.crt=c --from-literal=tls.key=k
kubectl rollout status -n store deployment/store --timeout 5m
`
	for _, guide := range guides.Of(t.Name()) {
		dir := t.TempDir()
		said := runScriptIn(t, dir, before+guideScript(t, guide))
		for _, want := range []string{"sealable   deployment/store ", "sealable   ingress/store "} {
			if !strings.Contains(said, want) {
				t.Errorf("the list does not have %q:\n%s", want, said)
			}
		}
		holdsNoPlaintext(t, said, dir)
	}
	pod := p.awaitReady(t, p.onlyPod(t, "app=store"))
	given := p.given(t, pod.Name, "store", "/store")
	if got := given.Env["PASSWORD"]; got != newPlaintext {
		t.Errorf("the variable is %q", got)
	}
	holdsNoPlaintext(t, p.kubectl(t, "get", "secrets,deployments,pods", "-o", "yaml"), "")
	if tls := p.get(t, "store-tls"); string(tls.Data["tls.key"]) != "k" {
		t.Error("the Secret of the Ingress was changed")
	}
}

// guideScript is what the shell blocks of a guide say.
func guideScript(t *testing.T, guide guides.Guide) string {
	t.Helper()
	script, err := guide.Script(guides.Root)
	check(t, err)
	return script
}

// holdsNoPlaintext checks a text, and all files below a directory.
func holdsNoPlaintext(t *testing.T, text, dir string) {
	t.Helper()
	texts := map[string]string{"the output": text}
	if dir != "" {
		check(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				texts[path] = read(t, path)
			}
			return err
		}))
	}
	for name, text := range texts {
		for _, value := range []string{oldPlaintext, newPlaintext} {
			for form, encoded := range forms(value) {
				if strings.Contains(text, encoded) {
					t.Errorf("%s has %s, in form %d", name, value, form)
				}
			}
		}
	}
}
