package test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

const inputGuide = "../docs/input.md"

var inputRow = regexp.MustCompile("(?m)^\\| `(kubectl create [^`]*)` \\| `(kubectl vaultseal [^`]*)` \\|$")

// inputRows are the guide's pairs of commands.
func inputRows(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile(inputGuide)
	if err != nil {
		t.Fatal(err)
	}
	rows := inputRow.FindAllStringSubmatch(string(text), -1)
	if lines := strings.Count(string(text), "\n| `kubectl "); lines != len(rows) || lines == 0 {
		t.Fatalf("%d rows of %d are pairs of commands", len(rows), lines)
	}
	return rows
}

// TestInputHasKubectlsExamples: the guide has every example of kubectl's own help, and what stands beside it differs
// in nothing but the command's name.
func TestInputHasKubectlsExamples(t *testing.T) {
	const theirs, ours = "kubectl create secret generic", "kubectl vaultseal create"
	beside := map[string]string{}
	for _, row := range inputRows(t) {
		beside[row[1]] = row[2]
		if want := strings.Replace(row[1], theirs, ours, 1); row[2] != want {
			t.Errorf("beside %q stands %q", row[1], row[2])
		}
	}
	help, err := theStack.kubectl("", "create", "secret", "generic", "--help")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for line := range strings.Lines(help) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, theirs+" my-") {
			examples++
			if beside[line] == "" {
				t.Errorf("the guide lacks %q", line)
			}
		}
	}
	if examples == 0 {
		t.Errorf("kubectl's help has no example:\n%s", help)
	}
}

// TestInput runs each pair of the guide's commands, and opens what was sealed: it is what kubectl has made.
func TestInput(t *testing.T) {
	plain, sealed := newTestNamespace(t), newTestNamespace(t)
	dir := inputFiles(t)
	for n, row := range inputRows(t) {
		t.Run(row[1], func(t *testing.T) {
			name := "my-secret-" + strconv.Itoa(n)
			plain.runInput(t, dir, strings.Replace(row[1], "my-secret", name, 1))
			sealed.runInput(t, dir, strings.Replace(row[2], "my-secret", name, 1))
			want, stored := plain.get(t, name), sealed.get(t, name)
			if strings.Contains(row[1], "--dry-run=server") {
				if want != nil || stored != nil {
					t.Errorf("a dry run wrote: %v, %v", want, stored)
				}
				return
			}
			if want == nil || stored == nil || len(want.Data) == 0 {
				t.Fatalf("made %v and %v", want, stored)
			}
			for entry, value := range stored.Data {
				if !bytes.HasPrefix(value, []byte("vault:v1:")) {
					t.Errorf("entry %s is not sealed", entry)
				}
			}
			got := sealed.opened(t, name)
			if !reflect.DeepEqual(got.Data, want.Data) || got.Type != want.Type {
				t.Errorf("opened %s %q, want %s %q", got.Type, got.Data, want.Type, want.Data)
			}
		})
	}
}

// inputFiles makes the files that the guide's commands name.
func inputFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, "path", "to", name) }
	for name, text := range map[string]string{
		"bar/config.yaml": "user: app\n", "bar/bytes.bin": "\x00\x01\xff", "bar/empty": "", "bar/below/ignored": "x",
		"id_rsa": "private\n", "id_rsa.pub": "public",
		"foo.env": "# comment\n\nA=1\n  B=as it is # all of it\r\nFROM_ENVIRONMENT\nEMPTY=\n",
		"bar.env": "\ufeffC=\"quoted\"\nD.e-f=x=y",
	} {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("empty", at("bar/link")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runInput runs one of the guide's commands in dir. The manifest that a dry run prints is applied.
func (p testNamespace) runInput(t *testing.T, dir, line string) {
	t.Helper()
	out := p.kubectlIn(t, dir, "", strings.Fields(line)[1:]...)
	if strings.Contains(line, "--dry-run=client -o ") {
		p.kubectlIn(t, dir, out, "apply", "-f", "-")
	}
}

// opened is a sealed Secret as it was before.
func (p testNamespace) opened(t *testing.T, name string) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{}
	text := p.kubectlIn(t, p.dir, "", "vaultseal", "view", name, "--manifest", "-o", "json")
	if err := json.Unmarshal([]byte(text), secret); err != nil {
		t.Fatal(err)
	}
	return secret
}

// kubectlIn gives the stdout of a command that is run in dir.
func (p testNamespace) kubectlIn(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(theStack.bin, "kubectl"), args...)
	command.Dir, command.Stdin, command.Env = dir, strings.NewReader(stdin),
		p.environment("FROM_ENVIRONMENT=environment-horse")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String()
}

// TestInputGuide runs the guide's shell blocks.
func TestInputGuide(t *testing.T) {
	p := newTestNamespace(t)
	for _, variable := range p.environment() {
		if name, value, _ := strings.Cut(variable, "="); os.Getenv(name) != value {
			t.Setenv(name, value)
		}
	}
	for _, guide := range guides.Of(t.Name()) {
		runGuide(t, guide, "")
	}
	secret := p.opened(t, "app")
	if got := string(secret.Data["password"]) + " " + string(secret.Data["user"]); got != "battery app" {
		t.Errorf("app holds %q", got)
	}
}
