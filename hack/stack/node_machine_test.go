//go:build node

// These tests start real nodes, as root: make test-workloads runs them.

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const stackBinary = "../../bin/stack"

// TestNodeLeavesNothing: however a stack with a node ends, no file, process or cgroup is left, and the kernel settings
// are as they were.
func TestNodeLeavesNothing(t *testing.T) {
	for name, end := range map[string]func(*exec.Cmd) error{
		"the command ends": func(*exec.Cmd) error { return nil },
		"terminated":       func(cmd *exec.Cmd) error { return cmd.Process.Signal(syscall.SIGTERM) },
		"killed":           func(cmd *exec.Cmd) error { return cmd.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := kernelSettings(t)
			temp := t.TempDir()
			script := `cat "$VAULTSEAL_STACK_DIR/running"; echo; sleep 600`
			if name == "the command ends" {
				script = `cat "$VAULTSEAL_STACK_DIR/running"; echo; exit 7`
			}
			cmd := exec.Command(stackBinary, "run", "-node", "-bare", "--", "sh", "-c", script)
			cmd.Env = append(os.Environ(), "TMPDIR="+temp)
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			supervisor, err := bufio.NewReader(out).ReadString('\n')
			must(t, err)
			must(t, end(cmd))
			if err := cmd.Wait(); name == "the command ends" && fmt.Sprint(err) != "exit status 7" {
				t.Errorf("it ended with %v, want the command's exit status 7", err)
			}
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
				left := leftOf(t, temp, strings.TrimSpace(supervisor))
				if len(left) == 0 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("left:\n%s", strings.Join(left, "\n"))
				}
			}
			if after := kernelSettings(t); after != before {
				t.Errorf("kernel settings were\n%sand are\n%s", before, after)
			}
		})
	}
}

// leftOf lists what is left of a stack below a directory.
func leftOf(t *testing.T, dir, supervisor string) (left []string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	cgroups, err := filepath.Glob("/sys/fs/cgroup/*/vaultseal-node-" + supervisor)
	must(t, err)
	unified, err := filepath.Glob("/sys/fs/cgroup/vaultseal-node-" + supervisor)
	must(t, err)
	left = append(append(left, cgroups...), unified...)
	processes, err := filepath.Glob("/proc/[0-9]*")
	must(t, err)
	for _, process := range processes {
		line, _ := os.ReadFile(filepath.Join(process, "cmdline")) // it may have ended
		if bytes.Contains(line, []byte(dir)) {
			left = append(left, process+" "+string(bytes.ReplaceAll(line, []byte{0}, []byte(" "))))
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	must(t, err)
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, dir) {
			left = append(left, line)
		}
	}
	if _, err := net.InterfaceByName("pods0"); err == nil {
		left = append(left, "the bridge")
	}
	return left
}

// kernelSettings are those that kubelet would change.
func kernelSettings(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, name := range []string{"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"} {
		value, err := os.ReadFile("/proc/sys/" + name)
		must(t, err)
		fmt.Fprintf(&text, "%s: %s", name, value)
	}
	return text.String()
}

// TestNodeEnter: commands reach the node of a stack that is up, images too.
func TestNodeEnter(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	stack := func(args ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(stackBinary, append([]string{"-state", state}, args...)...)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	t.Cleanup(func() { stack("down") })
	if out, code := stack("up", "-node"); code != 0 {
		t.Fatal(out)
	}
	if out, code := stack("image", "localhost/x:1", "-entrypoint=/x", "/x="+stackBinary); code != 0 {
		t.Error(out)
	}
	out, code := stack("enter", "--", "sh", "-c",
		`hostname && kubectl get nodes -o name && ctr --namespace k8s.io images list -q name==localhost/x:1 2>&-; exit 7`)
	if want := "node\nnode/node\nlocalhost/x:1\n"; !strings.HasSuffix(out, want) || code != 7 {
		t.Errorf("exit code %d: %s", code, out)
	}
	for range 2 { // the second finds nothing
		if out, code := stack("down"); code != 0 {
			t.Error(out)
		}
	}
}

// TestNodeNeedsRoot: another user gets an error that says so.
func TestNodeNeedsRoot(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		must(t, os.Chmod(d, 0o777))
	}
	program, err := os.ReadFile(stackBinary)
	must(t, err)
	copied := filepath.Join(dir, "stack")
	must(t, os.WriteFile(copied, program, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module github.com/vaultseal/kubectl-vaultseal\n"), 0o644))
	cmd := exec.Command(copied, "run", "-node", "--", "true")
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "error: a node needs root") {
		t.Errorf("%v: %s", err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
