package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestWorkloadPostgreSQL runs the example with plaintext Secrets, then with sealed ones and injected: clients see no
// difference, and the plaintext is only where docs/applications.md says.
func TestWorkloadPostgreSQL(t *testing.T) {
	t.Parallel()
	n := theNode(t)
	n.loadVaultseal(t)
	n.loadPostgreSQL(t)
	p := newSetUpWorkload(t, "../examples/postgresql/postgresql.yaml")
	manifest := p.read(t, "../examples/postgresql/postgresql.yaml")
	cert, key := p.certificate(t, "postgresql")
	const password = "postgres-horse-battery"

	p.volume(t, "first", 999)
	p.kubectl(t, "create", "secret", "generic", "postgresql", "--from-literal=password="+password)
	p.kubectl(t, "create", "secret", "tls", "postgresql-tls", "--cert="+cert, "--key="+key)
	p.apply(t, manifest)
	connects(t, p.awaitReady(t, p.onlyPod(t, "app=postgresql")), cert, password)
	for _, place := range []string{"etcd", "kubectl get", "containerd's disk"} { // what the search below looks for
		if found := n.findPlaintext(t, p, password); !slices.Contains(found, place) {
			t.Errorf("the password of the plain pod is in %q, and not in %s", found, place)
		}
	}
	p.kubectl(t, "delete", "statefulset/postgresql", "secret/postgresql", "secret/postgresql-tls", "pvc/data-postgresql-0")

	p.volume(t, "second", 999)
	const sealed = "postgres-mule-battery" // etcd's history has the first one, and its key
	cert, key = p.certificate(t, "postgresql")
	p.develops(t, "create", "postgresql", "--from-literal=password="+sealed)
	p.develops(t, "create", "postgresql-tls", "--type=kubernetes.io/tls", "--from-file=tls.crt="+cert, "--from-file=tls.key="+key)
	p.apply(t, p.injected(t, "../examples/postgresql/postgresql.yaml"))
	pod := p.awaitReady(t, p.onlyPod(t, "app=postgresql"))
	connects(t, pod, cert, sealed)
	// kubelet hands variables to containerd, which keeps the specification of a container on the node.
	want := plaintextPlaces{"containerd's disk", "containerd's state"}
	if found := n.findPlaintext(t, p, sealed); !slices.Equal(found, want) {
		t.Errorf("the password is in %q, want %q", found, want)
	}
	if found := n.findPlaintext(t, p, keyLine(t, key)); found != nil {
		t.Errorf("the private key is in %q", found)
	}
}

// connects connects to PostgreSQL over TLS with the password, and with no other.
func connects(t *testing.T, pod *corev1.Pod, cert, password string) {
	t.Helper()
	connect := func(password string) ([]byte, error) {
		psql := exec.CommandContext(t.Context(), filepath.Join(postgresBin(t), "psql"), "-XtAc", "SELECT 6 * 7",
			fmt.Sprintf("host=%s user=app dbname=postgres sslmode=verify-ca sslrootcert=%s", pod.Status.PodIP, cert))
		psql.Env = append(os.Environ(), "PGPASSWORD="+password)
		return psql.CombinedOutput()
	}
	if out, err := connect(password); err != nil || string(out) != "42\n" {
		t.Errorf("psql: %v: %s", err, out)
	}
	if out, err := connect("another"); err == nil {
		t.Errorf("psql with another password: %s", out)
	}
}

func postgresBin(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	check(t, err)
	if len(found) == 0 {
		t.Fatal("PostgreSQL is not installed: apt-get install postgresql")
	}
	return filepath.Dir(found[len(found)-1])
}
