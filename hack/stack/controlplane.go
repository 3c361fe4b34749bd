package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

const (
	startTimeout = 5 * time.Minute  // of each server
	stopTimeout  = 10 * time.Second // of each server
)

//go:embed audit-policy.yaml
var auditPolicyYAML []byte

// controlPlane is a Kubernetes API server with its etcd.
type controlPlane struct {
	dir  stateDir
	envs envtest.ControlPlane
	node bool // there is a node
}

// startControlPlane returns when the API server serves, and has then written the
// administrator's kubeconfig. On failure nothing is left running.
func startControlPlane(dir stateDir, node bool) (*controlPlane, error) {
	c := &controlPlane{dir: dir, node: node}
	if err := c.startEtcd(); err != nil {
		return nil, withLog(fmt.Errorf("start etcd: %w", err), dir.path(etcdLog))
	}
	err := c.startAPIServer()
	if err != nil {
		err = withLog(fmt.Errorf("start kube-apiserver: %w", err), dir.path(apiServerLog))
	} else {
		err = c.writeKubeconfig(kubeconfig, envtest.User{Name: "admin", Groups: []string{"system:masters"}})
	}
	if err != nil {
		_ = c.stop()
		return nil, err
	}
	return c, nil
}

func (c *controlPlane) startEtcd() error {
	log, err := os.Create(c.dir.path(etcdLog))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has its own
	data := c.dir.path("etcd")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	c.envs.Etcd = &envtest.Etcd{
		Path: c.dir.path(binDir, "etcd"), DataDir: data, Out: log, Err: log,
		StartTimeout: startTimeout, StopTimeout: stopTimeout,
	}
	c.envs.Etcd.Configure().Set("quota-backend-bytes", strconv.Itoa(8<<30)) // 1,000 Secrets of 1 MiB, several times
	return c.envs.Etcd.Start()
}

func (c *controlPlane) startAPIServer() error {
	log, err := os.Create(c.dir.path(apiServerLog))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has its own
	certs := c.dir.path("kube-apiserver")
	if err := os.MkdirAll(certs, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(c.dir.path(auditPolicy), auditPolicyYAML, 0o600); err != nil {
		return err
	}
	server := c.envs.GetAPIServer()
	server.Path, server.CertDir = c.dir.path(binDir, "kube-apiserver"), certs
	server.Out, server.Err = log, log
	server.StartTimeout, server.StopTimeout = startTimeout, stopTimeout
	server.EtcdURL = c.envs.Etcd.URL
	server.Configure().
		Disable("disable-admission-plugins"). // envtest leaves out ServiceAccount, which mounts a pod's token
		Set("audit-policy-file", c.dir.path(auditPolicy)).
		Set("audit-log-path", c.dir.path(kubeAudit)).
		Set("audit-log-mode", "blocking").  // an event is in the file before the answer is sent
		Set("audit-log-maxsize", "100000"). // MB: never start a new file
		Set("endpoint-reconciler-type", "none").
		Set("etcd-compaction-interval", "0"). // tests read etcd from its first revision
		Set("profiling", "false")
	if c.node {
		forNode(server, c.dir)
	}
	if err := server.Start(); err != nil {
		return err
	}
	return writeJSON(c.dir.path(apiServerFile), serverCommand{Path: server.Path, Args: apiServerArgs(server)})
}

// serverCommand is how a server was started, for a test that starts one like it.
type serverCommand struct {
	Path string   `json:"path"`
	Args []string `json:"args"`
}

// apiServerArgs are the flags of a running server: those that were set, over envtest's
// own, which it keeps to itself.
func apiServerArgs(server *envtest.APIServer) []string {
	return server.Configure().AsStrings(map[string][]string{
		"service-cluster-ip-range":         {"10.0.0.0/24"},
		"allow-privileged":                 {"true"},
		"disable-admission-plugins":        {"ServiceAccount"},
		"authorization-mode":               {"RBAC"},
		"cert-dir":                         {server.CertDir},
		"bind-address":                     {server.Address},
		"secure-port":                      {server.Port},
		"etcd-servers":                     {server.EtcdURL.String()},
		"service-account-issuer":           {server.SecureServing.URL("https", "/").String()},
		"service-account-key-file":         {filepath.Join(server.CertDir, "sa-signer.crt")},
		"service-account-signing-key-file": {filepath.Join(server.CertDir, "sa-signer.key")},
	})
}

// writeKubeconfig writes a user's kubeconfig, with namespace default.
func (c *controlPlane) writeKubeconfig(file string, user envtest.User) error {
	added, err := c.envs.AddUser(user, nil)
	if err != nil {
		return fmt.Errorf("create user %s: %w", user.Name, err)
	}
	data, err := added.KubeConfig()
	if err != nil {
		return err
	}
	config, err := clientcmd.Load(data)
	if err != nil {
		return err
	}
	for _, context := range config.Contexts {
		context.Namespace = "default"
	}
	return clientcmd.WriteToFile(*config, c.dir.path(file))
}

func (c *controlPlane) host() string {
	return "https://" + c.envs.GetAPIServer().HostPort()
}

func (c *controlPlane) stop() error { return c.envs.Stop() }
