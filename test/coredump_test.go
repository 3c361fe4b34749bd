package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestCoreDumps: no core dump of the plugin holds plaintext or a token, and other processes of the same user cannot
// read its memory; what exec becomes and the editor have the user's own limit and are ordinary processes.
func TestCoreDumps(t *testing.T) {
	u := newOrdinaryUser(t)
	editor := filepath.Join(u.dir, "editor")
	check(t, os.WriteFile(editor, []byte(`#!/bin/sh
for process in $PPID $$; do
	echo $(tr '\0' ' ' < /proc/$process/cmdline | cut -d' ' -f2) \
		$(sed -n 's/^Max core file size *//p' /proc/$process/limits | cut -d' ' -f1) \
		$(stat -c %u /proc/$process/status)
	cat /proc/$process/environ > /dev/null 2>&1 && echo readable
done > seen
`), 0o755))
	u.run(t, "EDITOR="+editor, `ulimit -S -c 8; exec ./kubectl-vaultseal edit s-1 --transit-key `+u.key)
	if got, want := read(t, filepath.Join(u.dir, "seen")), "edit 0 0\n"+editor+" 4096 "+u.uid+
		"\nreadable\n"; got != want {
		t.Errorf("while the editor runs:\n%s\nwant\n%s", got, want)
	}
	const show = `sh -c 'echo $(sed -n "s/^Max core file size *//p" /proc/$$/limits | cut -d" " -f1) ` +
		`$(stat -c %u /proc/$$/status)'`
	if got, want := u.run(t, "", `ulimit -S -c 8; exec ./kubectl-vaultseal exec s-1 -- `+show),
		"4096 "+u.uid+"\n"; got != want {
		t.Errorf("what exec became: %q, want %q", got, want)
	}
}

// TestCoreDumpsPaths: a process that is not dumpable still opens what /proc/self/fd and /dev/stdin name.
func TestCoreDumpsPaths(t *testing.T) {
	u := newOrdinaryUser(t)
	for n, path := range []string{"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"} {
		name := fmt.Sprintf("piped-%d", n)
		u.run(t, "", "printf core-horse | ./kubectl-vaultseal create "+name+" --from-file=value="+path+
			" --transit-key "+u.key)
		if got := u.run(t, "", "exec ./kubectl-vaultseal view "+name+" value"); got != "core-horse" {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// ordinaryUser is a user other than root who uses the plugin in a namespace, with a directory of their own.
type ordinaryUser struct {
	readerNamespace

	dir, uid string
	as       *syscall.SysProcAttr
}

func newOrdinaryUser(t *testing.T) ordinaryUser {
	t.Helper()
	u := ordinaryUser{readerNamespace: newReaderNamespace(t, theStack, 1), uid: "65534",
		as: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}}
	if os.Getuid() != 0 {
		t.Fatal("root runs this test, as another user")
	}
	var err error
	u.dir, err = os.MkdirTemp("", "vaultseal-user-")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(u.dir) })
	plugin, err := exec.LookPath("kubectl-vaultseal")
	check(t, err)
	for name, from := range map[string]string{"kubectl-vaultseal": plugin, "kubeconfig": u.kubeconfig,
		"ca.crt": u.on.vaultCA} {
		content, err := os.ReadFile(from)
		check(t, err)
		check(t, os.WriteFile(filepath.Join(u.dir, name), content, 0o755))
	}
	check(t, os.Chown(u.dir, 65534, 65534))
	return u
}

// run runs a shell's command as the user, and gives what it prints.
func (u ordinaryUser) run(t *testing.T, variable, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir, cmd.SysProcAttr = u.dir, u.as
	cmd.Env = []string{"PATH=/usr/bin:/bin", "KUBECONFIG=kubeconfig", "VAULT_ADDR=" + u.on.vaultAddr,
		"VAULT_CACERT=ca.crt", variable}
	out, err := cmd.Output()
	if err != nil {
		var stderr []byte
		if exit, ok := err.(*exec.ExitError); ok {
			stderr = exit.Stderr
		}
		t.Fatalf("%s: %v: %s", command, err, stderr)
	}
	return string(out)
}
