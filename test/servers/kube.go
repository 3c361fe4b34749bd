package servers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// kubeStart is how long another API server may take to be ready.
const kubeStart = 5 * time.Minute

// Kube is another API server over the stack's etcd.
type Kube struct {
	Address    string // HOST:PORT
	Kubeconfig string // the administrator's
	Audit, Log string // files
	Args       []string

	path    string
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended
}

// KubeOptions say what a Kube is made of.
type KubeOptions struct {
	Stack      string // the stack's state directory
	Kubeconfig string // the stack's
	Dir        string // for the files of this one
	Address    string
	Flags      []string // replace those of the same name
}

// Command is how the stack has started its API server.
type Command struct {
	Path string   `json:"path"`
	Args []string `json:"args"`
}

// KubeCommand reads the API server's command from the stack's state directory.
func KubeCommand(stack string) (Command, error) {
	var command Command
	text, err := os.ReadFile(filepath.Join(stack, "apiserver.json"))
	if err == nil {
		err = json.Unmarshal(text, &command)
	}
	return command, err
}

// NewKube returns one with the stack's flags, which has not started.
func NewKube(o KubeOptions) (*Kube, error) {
	_, port, err := net.SplitHostPort(o.Address)
	if err != nil {
		return nil, err
	}
	command, err := KubeCommand(o.Stack)
	if err != nil {
		return nil, err
	}
	k := &Kube{
		Address: o.Address, Kubeconfig: filepath.Join(o.Dir, "kubeconfig"), Audit: filepath.Join(o.Dir, "audit.log"),
		Log: filepath.Join(o.Dir, "kube-apiserver.log"), path: command.Path,
	}
	for _, arg := range command.Args {
		name, _, _ := strings.Cut(arg, "=")
		replaced := slices.ContainsFunc(o.Flags, func(flag string) bool { return strings.HasPrefix(flag, name+"=") })
		if !replaced && name != "--secure-port" && name != "--audit-log-path" {
			k.Args = append(k.Args, arg)
		}
	}
	k.Args = append(k.Args, "--secure-port="+port, "--audit-log-path="+k.Audit)
	k.Args = append(k.Args, o.Flags...)
	config, err := clientcmd.LoadFromFile(o.Kubeconfig)
	if err != nil {
		return nil, err
	}
	for _, cluster := range config.Clusters {
		cluster.Server = "https://" + o.Address
	}
	return k, clientcmd.WriteToFile(*config, k.Kubeconfig)
}

// Start returns when the API server is ready.
func (k *Kube) Start() error {
	log, err := os.OpenFile(k.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has its own
	process, ended := Child(k.path, k.Args), make(chan struct{})
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		return err
	}
	k.process, k.ended = process, ended
	go func() { _ = process.Wait(); close(ended) }()
	return k.ready()
}

func (k *Kube) ready() error {
	config, err := clientcmd.BuildConfigFromFlags("", k.Kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for late := time.After(kubeStart); ; {
		err = client.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(context.Background()).Error()
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
			continue
		case <-k.ended:
			err = errors.Join(errors.New("it has ended"), err)
		case <-late:
		}
		return fmt.Errorf("another API server does not get ready: %w: see %s", err, k.Log)
	}
}

// Kill ends the API server as a crash does.
func (k *Kube) Kill() {
	_ = k.process.Process.Kill()
	<-k.ended
}

// Pause stops the API server where it is for a while. Its connections stay.
func (k *Kube) Pause(while time.Duration) error {
	if err := k.process.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	time.Sleep(while)
	return k.process.Process.Signal(syscall.SIGCONT)
}
