package test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestExecLeaves shows what a command that was given sealed values leaves to be seen in /proc, and what not: with
// variables the values are in the command's environment, with --fd in an open file of no name; nowhere else, and no
// process of the plugin is left.
func TestExecLeaves(t *testing.T) {
	e := newReaderNamespace(t, theStack, 1)
	p := sealedNamespace{sealedSecrets: e.sealedSecrets, plugin: "kubectl-vaultseal",
		env: append(os.Environ(), "KUBECONFIG="+e.kubeconfig, "VAULT_ADDR="+e.on.vaultAddr,
			"VAULT_CACERT="+e.on.vaultCA)}
	stop := []string{"sh", "-c", "kill -STOP $$"} // which is past its loader, that opens files too
	for _, c := range []struct {
		name              string
		args              []string
		environment, file bool
	}{
		{"variables", []string{"exec", "s-1"}, true, false},
		{"file", []string{"exec", "s-1", "--fd", "3"}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			running := p.start(t, slices.Concat(c.args, []string{"--"}, stop)...)
			defer func() { _ = running.Process.Kill(); _ = running.Wait() }()
			proc := fmt.Sprintf("/proc/%d", running.Process.Pid)
			await(t, func() bool { return strings.Contains(read(t, proc+"/status"), "\nState:\tT (stopped)\n") })
			if got := read(t, proc+"/cmdline"); !strings.HasPrefix(got, "sh\x00") {
				t.Errorf("stopped: %q", got)
			}
			if got := strings.Contains(read(t, proc+"/environ"), "swordfish-"); got != c.environment {
				t.Errorf("in the environment: %v", got)
			}
			if strings.Contains(read(t, proc+"/cmdline"), "swordfish-") ||
				strings.Contains(read(t, "/proc/self/environ"), "swordfish-") {
				t.Error("in an argument, or in the parent's environment")
			}
			files, err := os.ReadDir(proc + "/fd")
			check(t, err)
			held := 0
			for _, file := range files {
				path := filepath.Join(proc, "fd", file.Name())
				target, err := os.Readlink(path)
				check(t, err)
				switch {
				case strings.HasPrefix(target, "/memfd:vaultseal"):
					held++
					if !strings.Contains(read(t, path), "swordfish-") {
						t.Error("the file does not hold the document")
					}
				case strings.HasPrefix(target, "socket:"), strings.HasPrefix(target, "anon_inode:"),
					strings.Contains(target, "vaultseal"):
					t.Errorf("left open: %s", target)
				}
			}
			if (held == 1) != c.file {
				t.Errorf("%d files hold the document", held)
			}
			if others := processesOf(t, e.kubeconfig); others > 0 {
				t.Errorf("%d processes of the plugin are left", others)
			}
		})
	}
}

func await(t *testing.T, what func() bool) {
	t.Helper()
	for range 6000 {
		if what() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it does not happen")
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	check(t, err)
	return string(text)
}

// processesOf counts the plugin's processes that work with a kubeconfig.
func processesOf(t *testing.T, kubeconfig string) int {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	check(t, err)
	n := 0
	for _, path := range all {
		command, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(command, []byte("kubectl-vaultseal")) {
			continue
		}
		environment, err := os.ReadFile(filepath.Join(filepath.Dir(path), "environ"))
		if err == nil && bytes.Contains(environment, []byte(kubeconfig)) {
			n++
		}
	}
	return n
}
