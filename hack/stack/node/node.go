// Package node runs a Kubernetes node on Linux: containerd, kubelet, kube-scheduler and
// kube-controller-manager. The node, the servers that it belongs to and the commands that
// use it run in mount, network, PID, UTS and IPC namespaces of their own, so that nothing
// of the machine changes and that all of it ends with the first process.
package node

import (
	"fmt"
	"os"
	"path/filepath"
)

// The node's name and its addresses, which only the namespaces have.
const (
	Name          = "node"
	APIAddress    = "10.0.0.1" // of the API server, also as the Service kubernetes: no kube-proxy is needed
	APIPort       = "443"
	BridgeAddress = "10.88.0.1" // of the node, as its pods see it
	podSubnet     = "10.88.0.0/24"
	firstPod      = "10.88.0.10"
)

const (
	pauseImage       = "localhost/pause:1"
	containerdSocket = "/run/containerd/containerd.sock"
)

// Directories as on any node. Each is one of the node's files, which are on disk.
const (
	containerdDir = "/var/lib/containerd"
	kubeletDir    = "/var/lib/kubelet" // some paths in it are of sockets, and cannot be long
	podLogs       = "/var/log/pods"
)

// Description is what commands and tests must know of a running node. Paths are those
// inside its namespaces.
type Description struct {
	PID             int    `json:"pid"`       // the first process, as the machine sees it
	Namespace       string `json:"namespace"` // mount namespace: mnt:[4026532177]
	Name            string `json:"name"`
	Address         string `json:"address"`
	Containerd      string `json:"containerd"`       // socket
	ContainerdDir   string `json:"containerd_dir"`   // images and the containers' layers
	ContainerdState string `json:"containerd_state"` // what containerd knows of running containers
	KubeletDir      string `json:"kubelet_dir"`      // volumes
	PodLogs         string `json:"pod_logs"`
	Logs            string `json:"logs"` // of kubelet, containerd and the others
}

// Describe describes the node whose files are in dir.
func Describe(dir string) Description {
	return Description{
		Name: Name, Address: BridgeAddress,
		Containerd: containerdSocket, ContainerdDir: containerdDir,
		ContainerdState: filepath.Dir(containerdSocket), KubeletDir: kubeletDir, PodLogs: podLogs, Logs: dir,
	}
}

// Config says what a node runs with.
type Config struct {
	Dir    string // its files
	Bin    string // links to all binaries
	Cgroup string // its cgroup, below the root of each hierarchy: /NAME

	ClientCA string // of those who may use kubelet's API
	Users    Users
	RootCA   string // of the API server; the controllers give it to pods
	TokenKey string // signs tokens of ServiceAccounts
}

// Users are the kubeconfig files of the programs.
type Users struct{ Admin, Kubelet, Controllers, Scheduler string }

// Node is a running node.
type Node struct {
	config  Config
	daemons []*daemon
	ended   chan *daemon // gets the first that ends by itself
}

// DaemonError says which program of the node ended by itself.
type DaemonError struct {
	Name string
	Log  string // its log file
	Err  error
}

func (e *DaemonError) Error() string { return fmt.Sprintf("%s ended: %v", e.Name, e.Err) }

func (e *DaemonError) Unwrap() error { return e.Err }

// Failed delivers how the first program ended that ended by itself.
func (n *Node) Failed() <-chan error {
	failed := make(chan error, 1)
	go func() {
		d := <-n.ended
		failed <- d.failure()
	}()
	return failed
}

func (n *Node) path(name ...string) string {
	return filepath.Join(append([]string{n.config.Dir}, name...)...)
}

// write writes a configuration file of one of the programs.
func (n *Node) write(name, text string) (path string, err error) {
	path = n.path(name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}
