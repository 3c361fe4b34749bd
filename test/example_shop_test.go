package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// TestFreshShop follows one section of docs/applications.md after a setup, and runs the example application before a
// real PostgreSQL, with what its pod has: its own account's right to read one Secret, and a token for Vault. It stays
// beside TestWorkloadApplications, which runs the application on a node, because it also shows what the application is
// refused: another one's Secret, a copied one, and tokens that its account may not request.
func TestFreshShop(t *testing.T) {
	database := startPostgres(t, "127.0.0.1")
	before := `
kubectl create namespace shop
kubectl create namespace other
kubectl vaultseal setup --namespaces shop,other --grant group:devs
ln -s ` + abs(t, "../examples") + ` examples
echo '` + database.document() + `' > shop.json
kubectl vaultseal create other -f secrets.json=shop.json -n shop
kubectl vaultseal create shop -f shop.json -n other
`
	section, err := guides.Section(guides.Root, "docs/applications.md", "An application that opens its Secret itself")
	check(t, err)
	runScript(t, before+section)
	program := filepath.Join(t.TempDir(), "shop")
	build := exec.Command("go", "build", "-C", "../examples/shop", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // there is no C library in the image
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	s := newShop(t, program, asDeployed)
	s.start(t)
	s.serves(t)
	// The key is rotated under it, and the Secret rewrapped: it goes on, and starts again.
	rotate := exec.Command("kubectl-vaultseal", "rotate", "--namespaces", "shop", "-o", "json", "--kubeconfig",
		theStack.kubeconfig)
	if out, err := rotate.Output(); err != nil || !bytes.Contains(out, []byte(`"rotated": true`)) {
		t.Errorf("%v: %s", err, out)
	}
	s.serves(t)
	s.stop(t)
	s.start(t)
	s.serves(t)
	s.stop(t)
	requestsTokens(t, program)

	// Another application's Secret: Kubernetes does not let it read one. Let it, and it opens none of another
	// namespace's: copied here it is in another namespace, and read there it has another key.
	if said := s.refused(t, "SECRET=other"); !strings.Contains(said, "may not open that Secret") {
		t.Errorf("%s", said)
	}
	for _, namespace := range []string{"shop", "other"} {
		_, err := theStack.kubectl("", "create", "rolebinding", "too-much", "--clusterrole=admin",
			"--serviceaccount=shop:shop", "-n", namespace)
		check(t, err)
	}
	if said := s.refused(t, "SECRET=other/shop"); !strings.Contains(said, "may not open that Secret") {
		t.Errorf("%s", said)
	}
	theirs, err := theStack.kubectl("", "get", "secret", "shop", "-n", "other", "-o", "json")
	check(t, err)
	_, err = theStack.kubectl(inNamespace(t, theirs, "shop", "copied"), "create", "-f", "-")
	check(t, err)
	if said := s.refused(t, "SECRET=copied"); strings.Contains(said, database.password) {
		t.Error("the password is shown")
	}
}

// requestsTokens: without a role and a token of its own the application is a reader of its namespace, once its account
// may request that one's tokens.
func requestsTokens(t *testing.T, program string) {
	t.Helper()
	s := newShop(t, program, withoutToken)
	if said := s.refused(t, "SECRET=shop"); !strings.Contains(said, `cannot create resource "serviceaccounts/token"`) {
		t.Errorf("%s", said)
	}
	for _, args := range [][]string{
		{"create", "role", "reads", "--verb=create", "--resource=serviceaccounts/token",
			"--resource-name=vaultseal-reader"},
		{"create", "rolebinding", "reads", "--role=reads", "--serviceaccount=shop:shop"},
	} {
		_, err := theStack.kubectl("", append(args, "-n", "shop")...)
		check(t, err)
	}
	s.start(t)
	s.serves(t)
	s.stop(t)
}

// inNamespace is a manifest of another namespace.
func inNamespace(t *testing.T, manifest, namespace, name string) string {
	t.Helper()
	var object map[string]any
	check(t, json.Unmarshal([]byte(manifest), &object))
	was := object["metadata"].(map[string]any)
	object["metadata"] = map[string]any{"name": name, "namespace": namespace, "labels": was["labels"],
		"annotations": was["annotations"]}
	return string(mustJSON(object))
}

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	check(t, err)
	return path
}

// shop is the example application in a container of its pod.
type shop struct {
	container

	running *exec.Cmd
	said    said
}

// newShop admits a pod of the Deployment that the reader has applied, and gives its container what kubelet would.
// The image is of the program alone; change alters the Deployment's pods before.
func newShop(t *testing.T, program string, change func(*corev1.PodSpec)) *shop {
	t.Helper()
	out, err := theStack.kubectl("", "get", "deployment", "shop", "-n", "shop", "-o", "json")
	check(t, err)
	var deployment appsv1.Deployment
	check(t, json.Unmarshal([]byte(out), &deployment))
	template := deployment.Spec.Template
	change(&template.Spec)
	p := testNamespace{namespace: "shop"}.newPod(t, template)
	c := container{root: t.TempDir(), mounts: map[string]string{}}
	c.config.Config.Entrypoint = []string{"/shop"}
	check(t, os.Chmod(c.root, 0o755))
	check(t, os.Link(program, filepath.Join(c.root, "shop")))
	c = p.equip(t, c, p.Spec.Containers[0])
	c.env = append(c.env, "LISTEN=127.0.0.1:0") // the network is the machine's, where another may have its port
	return &shop{container: c}
}

// asDeployed changes nothing: a projected token is the login.
func asDeployed(*corev1.PodSpec) {}

// withoutToken leaves a pod with its account alone, which may request tokens of vaultseal-reader.
func withoutToken(spec *corev1.PodSpec) {
	spec.Containers[0].Env, spec.Containers[0].VolumeMounts, spec.Volumes = nil, nil, nil
}

var servingAt = regexp.MustCompile(`serving at (http://\S+)`)

func (s *shop) start(t *testing.T) {
	t.Helper()
	s.said = said{}
	s.running = s.command(context.Background(), t)
	s.running.Stderr = &s.said
	check(t, s.running.Start())
	t.Cleanup(func() { _ = s.running.Process.Kill() })
	s.said.await(t, "serving at")
	environment := read(t, fmt.Sprintf("/proc/%d/environ", s.running.Process.Pid))
	if strings.Contains(environment, "postgres") || !strings.Contains(environment, "KUBERNETES_SERVICE_HOST") {
		t.Error("its environment is not its pod's, or has the database in it")
	}
}

func (s *shop) serves(t *testing.T) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		servingAt.FindStringSubmatch(s.said.String())[1], nil)
	check(t, err)
	answer, err := http.DefaultClient.Do(request)
	check(t, err)
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	check(t, err)
	if string(page) != "The shop has 3 articles.\n" {
		t.Errorf("%s", page)
	}
}

func (s *shop) stop(t *testing.T) {
	t.Helper()
	check(t, s.running.Process.Signal(syscall.SIGTERM))
	check(t, s.running.Wait())
}

// refused is what it says when it does not start.
func (s *shop) refused(t *testing.T, with string) string {
	t.Helper()
	c := s.container
	c.env = append(slices.Clone(c.env), with)
	return c.ends(t, 1).stderr
}

// postgres is a PostgreSQL server with a database of three articles.
type postgres struct{ url, password string }

// document is what the example application opens.
func (p postgres) document() string {
	return string(mustJSON(map[string]any{"database": map[string]string{"url": p.url, "password": p.password}}))
}

// startPostgres starts the server of the Debian package, which does not run as root, on an address that clients of its
// network may use.
func startPostgres(t *testing.T, address string) postgres {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	check(t, err)
	if len(found) == 0 {
		t.Fatal("PostgreSQL is not installed: apt-get install postgresql")
	}
	bin := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp("", "vaultseal-postgres-")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as, passwords := &syscall.SysProcAttr{}, filepath.Join(dir, "passwords")
	const password = "shop-horse-battery"
	check(t, os.WriteFile(passwords, []byte(password), 0o600))
	if os.Getuid() == 0 {
		account, err := user.Lookup("postgres")
		check(t, err)
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		check(t, os.Chown(dir, uid, gid))
		check(t, os.Chown(passwords, uid, gid))
	}
	data := filepath.Join(dir, "data")
	initialise := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-A", "scram-sha-256", "--pwfile", passwords,
		"-U", "shop", "--no-sync")
	initialise.SysProcAttr, initialise.Dir = as, dir
	if out, err := initialise.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	clients, err := os.OpenFile(filepath.Join(data, "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	check(t, err)
	_, err = fmt.Fprintf(clients, "host all all %s/24 scram-sha-256\n", address)
	check(t, err)
	check(t, clients.Close())
	_, port, _ := strings.Cut(freePort(t), ":")
	var log said
	server := exec.Command(found[len(found)-1], "-D", data, "-p", port, "-k", dir, "-c", "listen_addresses="+address,
		"-c", "fsync=off")
	server.SysProcAttr, server.Stderr, server.Dir = as, &log, dir
	check(t, server.Start())
	t.Cleanup(func() { _ = server.Process.Signal(syscall.SIGQUIT); _ = server.Wait() })
	log.await(t, "ready to accept connections")
	p := postgres{url: "postgres://shop@" + address + ":" + port + "/postgres", password: password}
	fill := exec.CommandContext(context.Background(), filepath.Join(bin, "psql"), p.url, "-v", "ON_ERROR_STOP=1", "-c",
		"CREATE TABLE articles AS SELECT generate_series(1, 3)")
	fill.Env = []string{"PGPASSWORD=" + password}
	var out bytes.Buffer
	fill.Stderr = &out
	if err := fill.Run(); err != nil {
		t.Fatalf("psql: %v: %s", err, &out)
	}
	return p
}
