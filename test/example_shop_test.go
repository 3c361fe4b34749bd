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
	"strconv"
	"strings"
	"syscall"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// TestFreshShop follows docs/applications.md after a setup, and runs the example application before a real PostgreSQL, with
// what its pod would have: its own account's right to read one Secret, and a token for Vault.
func TestFreshShop(t *testing.T) {
	database := startPostgres(t)
	document := mustJSON(map[string]any{"database": map[string]string{"url": database.url, "password": database.password}})
	runGuide(t, "../docs/applications.md", `
kubectl create namespace shop
kubectl create namespace other
kubectl vaultseal setup --namespaces shop,other --grant group:devs
ln -s `+abs(t, "../examples")+` examples
echo '`+string(document)+`' > shop.json
kubectl vaultseal create other -f secrets.json=shop.json -n shop
kubectl vaultseal create shop -f shop.json -n other
`)
	s := &shop{binary: filepath.Join(t.TempDir(), "shop"), environment: shopEnvironment(t)}
	build := exec.Command("go", "build", "-C", "../examples/shop", "-o", s.binary, ".")
	out, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	s.start(t)
	s.serves(t)
	// The key is rotated under it, and the Secret rewrapped: it goes on, and starts again.
	rotate := exec.Command("kubectl-vaultseal", "rotate", "--namespaces", "shop", "-o", "json", "--kubeconfig", theStack.kubeconfig)
	if out, err := rotate.Output(); err != nil || !bytes.Contains(out, []byte(`"rotated": true`)) {
		t.Errorf("%v: %s", err, out)
	}
	s.serves(t)
	s.stop(t)
	s.start(t)
	s.serves(t)
	s.stop(t)

	// Another application's Secret: Kubernetes does not let it read one. Let it, and it opens none of another
	// namespace's: copied here it is in another place, and read there it has another key.
	if said := s.refused(t, "SECRET=other"); !strings.Contains(said, "may not open that Secret") {
		t.Errorf("%s", said)
	}
	for _, namespace := range []string{"shop", "other"} {
		_, err := theStack.kubectl("", "create", "rolebinding", "too-much", "--clusterrole=admin", "--serviceaccount=shop:shop", "-n", namespace)
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

// inNamespace is a manifest of another place.
func inNamespace(t *testing.T, manifest, namespace, name string) string {
	t.Helper()
	var object map[string]any
	check(t, json.Unmarshal([]byte(manifest), &object))
	was := object["metadata"].(map[string]any)
	object["metadata"] = map[string]any{"name": name, "namespace": namespace, "labels": was["labels"], "annotations": was["annotations"]}
	return string(mustJSON(object))
}

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	check(t, err)
	return path
}

// shopEnvironment is what the application has in its pod.
func shopEnvironment(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	token := func(audience ...string) string {
		out, err := theStack.kubectl("", append([]string{"create", "token", "shop", "-n", "shop"}, audience...)...)
		check(t, err)
		return strings.TrimSpace(out)
	}
	config, err := clientcmd.LoadFromFile(theStack.kubeconfig)
	check(t, err)
	for name := range config.AuthInfos {
		config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token()}
	}
	config.Contexts[config.CurrentContext].Namespace = "shop"
	check(t, clientcmd.WriteToFile(*config, filepath.Join(dir, "kubeconfig")))
	check(t, os.WriteFile(filepath.Join(dir, "token"), []byte(token("--audience", "vault")), 0o600))
	return []string{
		"KUBECONFIG=" + filepath.Join(dir, "kubeconfig"), "LISTEN=127.0.0.1:0",
		"VAULTSEAL_ROLE=shop", "VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE=" + filepath.Join(dir, "token"),
	}
}

// shop is the example application.
type shop struct {
	binary      string
	environment []string
	running     *exec.Cmd
	said        said
}

var servingAt = regexp.MustCompile(`serving at (http://\S+)`)

func (s *shop) start(t *testing.T) {
	t.Helper()
	s.said = said{}
	s.running = exec.Command(s.binary)
	s.running.Env, s.running.Stderr = s.environment, &s.said
	check(t, s.running.Start())
	t.Cleanup(func() { _ = s.running.Process.Kill() })
	s.said.await(t, "serving at")
	if environment := read(t, fmt.Sprintf("/proc/%d/environ", s.running.Process.Pid)); strings.Contains(environment, "postgres") {
		t.Error("the database is in its environment")
	}
}

func (s *shop) serves(t *testing.T) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, servingAt.FindStringSubmatch(s.said.String())[1], nil)
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
	cmd := exec.Command(s.binary)
	cmd.Env = append(append([]string{}, s.environment...), with)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("with %s it starts: %s", with, out)
	}
	return string(out)
}

// postgres is a PostgreSQL server with a database of three articles.
type postgres struct{ url, password string }

// startPostgres starts the server of the Debian package, which does not run as root.
func startPostgres(t *testing.T) postgres {
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
	initialise := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-A", "scram-sha-256", "--pwfile", passwords, "-U", "shop", "--no-sync")
	initialise.SysProcAttr, initialise.Dir = as, dir
	if out, err := initialise.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	_, port, _ := strings.Cut(freePort(t), ":")
	var log said
	server := exec.Command(found[len(found)-1], "-D", data, "-p", port, "-k", dir, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off")
	server.SysProcAttr, server.Stderr, server.Dir = as, &log, dir
	check(t, server.Start())
	t.Cleanup(func() { _ = server.Process.Signal(syscall.SIGQUIT); _ = server.Wait() })
	log.await(t, "ready to accept connections")
	p := postgres{url: "postgres://shop@127.0.0.1:" + port + "/postgres", password: password}
	fill := exec.CommandContext(context.Background(), filepath.Join(bin, "psql"), p.url, "-v", "ON_ERROR_STOP=1", "-c", "CREATE TABLE articles AS SELECT generate_series(1, 3)")
	fill.Env = []string{"PGPASSWORD=" + password}
	var out bytes.Buffer
	fill.Stderr = &out
	if err := fill.Run(); err != nil {
		t.Fatalf("psql: %v: %s", err, &out)
	}
	return p
}
