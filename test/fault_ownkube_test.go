package test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

// kubeStart is how long another API server may take to be ready.
const kubeStart = 5 * time.Minute

// ownKube is an API server of a test's own over the stack's etcd.
type ownKube struct {
	stack // with this API server in place of the stack's

	address string
	path    string
	args    []string
	log     string
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended
}

// newOwnKube starts one with the stack's flags and some more, which replace those of the same name.
func newOwnKube(t *testing.T, flags ...string) *ownKube {
	t.Helper()
	dir, address := t.TempDir(), freePort(t)
	_, port, err := net.SplitHostPort(address)
	check(t, err)
	k := &ownKube{stack: theStack, address: address, log: filepath.Join(dir, "kube-apiserver.log")}
	k.kubeAudit, k.kubeconfig = filepath.Join(dir, "audit.log"), filepath.Join(dir, "kubeconfig")
	command := apiServerCommand(t)
	k.path = command.Path
	for _, arg := range command.Args {
		name, _, _ := strings.Cut(arg, "=")
		replaced := slices.ContainsFunc(flags, func(flag string) bool { return strings.HasPrefix(flag, name+"=") })
		if !replaced && name != "--secure-port" && name != "--audit-log-path" {
			k.args = append(k.args, arg)
		}
	}
	k.args = append(k.args, "--secure-port="+port, "--audit-log-path="+k.kubeAudit)
	k.args = append(k.args, flags...)
	config, err := clientcmd.LoadFromFile(theStack.kubeconfig)
	check(t, err)
	for _, cluster := range config.Clusters {
		cluster.Server = "https://" + address
	}
	check(t, clientcmd.WriteToFile(*config, k.kubeconfig))
	k.start(t)
	t.Cleanup(k.kill)
	return k
}

// serverCommand is how the stack has started a server.
type serverCommand struct {
	Path string   `json:"path"`
	Args []string `json:"args"`
}

func apiServerCommand(t *testing.T) serverCommand {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(theStack.dir, "apiserver.json"))
	check(t, err)
	var command serverCommand
	check(t, json.Unmarshal(text, &command))
	return command
}

// etcd is the address of the stack's etcd.
func etcd(t *testing.T) string {
	t.Helper()
	const flag = "--etcd-servers="
	args := apiServerCommand(t).Args
	at := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, flag) })
	if at < 0 {
		t.Fatal("the API server's flags do not say where etcd is")
	}
	return strings.TrimPrefix(args[at], flag)
}

// start returns when the API server is ready.
func (k *ownKube) start(t *testing.T) {
	t.Helper()
	log, err := os.OpenFile(k.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(t, err)
	defer func() { _ = log.Close() }() // the server has its own
	k.process = child(k.path, k.args)
	k.process.Stdout, k.process.Stderr = log, log
	check(t, k.process.Start())
	k.ended = make(chan struct{})
	go func() { _ = k.process.Wait(); close(k.ended) }()
	core, err := k.core()
	check(t, err)
	for late := time.After(kubeStart); ; {
		if err = core.RESTClient().Get().AbsPath("/readyz").Do(context.Background()).Error(); err == nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
			continue
		case <-k.ended:
		case <-late:
		}
		said, _ := os.ReadFile(k.log)
		t.Fatalf("the test's own API server does not get ready: %v: %s", err, brief(string(said)))
	}
}

// kill ends the API server as a crash does.
func (k *ownKube) kill() {
	_ = k.process.Process.Kill()
	<-k.ended
}

// pause stops the API server where it is for a while. Its connections stay.
func (k *ownKube) pause(t *testing.T, while time.Duration) {
	t.Helper()
	check(t, k.process.Process.Signal(syscall.SIGSTOP))
	time.Sleep(while)
	check(t, k.process.Process.Signal(syscall.SIGCONT))
}
