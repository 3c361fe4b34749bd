package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// A sealed Secret and a plaintext one.
const (
	sealedSecretForm = "apiVersion: v1\nkind: Secret\nmetadata: {name: app, namespace: default}\n" +
		"stringData: {password: 'vault:v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=='}\n"
	plaintextSecret = "apiVersion: v1\nkind: Secret\nmetadata: {name: app, namespace: default}\n" +
		"stringData: {password: hook-horse}\n"
)

// repository is a git repository with the hook of docs/git.md.
type repository struct {
	t   *testing.T
	dir string
	tmp string // for temporary files
}

var documentedHook = regexp.MustCompile(`(?s)cat > \.githooks/pre-commit <<'END'\n(.*?)\nEND\n`)

func hookedRepository(t *testing.T) repository {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(guides.Root, "docs/git.md"))
	if err != nil {
		t.Fatal(err)
	}
	hook := documentedHook.FindSubmatch(page)
	if hook == nil {
		t.Fatal("docs/git.md has no hook")
	}
	r := repository{t, t.TempDir(), t.TempDir()}
	r.git("init", "--quiet")
	hooks := filepath.Join(r.dir, ".git", "hooks")
	if err := os.MkdirAll(hooks, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(hooks, "pre-commit"), hook[1], 0o700); err != nil {
		t.Fatal(err)
	}
	return r
}

// run runs git without a kubeconfig and without Vault.
func (r repository) run(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "TMPDIR=" + r.tmp, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a",
		"GIT_COMMITTER_EMAIL=a@example.com"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r repository) git(args ...string) {
	r.t.Helper()
	if out, err := r.run(args...); err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (r repository) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// refused checks that a commit is refused, with a line that says why, and that the hook leaves nothing behind.
func (r repository) refused(line string) {
	r.t.Helper()
	out, err := r.run("commit", "--quiet", "-m", "plaintext")
	if err == nil || !strings.Contains(out, line) || strings.Contains(out, "hook-horse") {
		r.t.Errorf("want a refusal with %q: %v\n%s", line, err, out)
	}
	r.clean()
}

func (r repository) committed() {
	r.t.Helper()
	r.git("commit", "--quiet", "-m", "sealed")
	r.clean()
}

func (r repository) clean() {
	r.t.Helper()
	if left, err := os.ReadDir(r.tmp); err != nil || len(left) > 0 {
		r.t.Errorf("the hook leaves %v behind, %v", left, err)
	}
}

func TestGitHook(t *testing.T) {
	r := hookedRepository(t)
	r.write("apps/app.yaml", sealedSecretForm)
	r.git("add", ".")
	r.committed()

	r.write("apps/other app.yaml", plaintextSecret)
	r.git("add", ".")
	r.refused(`apps/other app.yaml:4: unsealed: secret default/app entry "password": it is not a ciphertext`)

	// What is staged counts, not what is in the work tree.
	r.write("apps/other app.yaml", sealedSecretForm)
	r.refused("apps/other app.yaml:4: unsealed")
	r.git("add", ".")
	r.write("apps/other app.yaml", plaintextSecret)
	r.committed()
	r.git("checkout", "--quiet", ".")

	// A commit that deletes, one without manifests, and links, which have no content of their own.
	r.git("rm", "--quiet", "apps/other app.yaml")
	r.committed()
	r.write("notes.txt", "hook-horse")
	r.git("add", ".")
	r.committed()
	for link, target := range map[string]string{"link.yaml": "apps/app.yaml", "out.yaml": "/etc/passwd"} {
		if err := os.Symlink(target, filepath.Join(r.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	r.git("add", ".")
	r.committed()

	// Only the paths of the commit count with git commit PATH.
	r.write("apps/app.yaml", plaintextSecret)
	r.write("more.json", "{}")
	r.git("add", "more.json")
	r.git("commit", "--quiet", "-m", "one path", "more.json")
	out, err := r.run("commit", "--quiet", "-m", "the other", "apps/app.yaml")
	if err == nil {
		t.Errorf("plaintext was committed: %s", out)
	}
	if out, err := r.run("log", "-p", "--all", "--", "*.yaml"); err != nil || strings.Contains(out, "hook-horse") {
		t.Errorf("%v\n%s", err, out)
	}
}
