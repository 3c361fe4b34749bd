package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// repository is the root of a working copy of this project.
type repository string

func (r repository) source(module string) string {
	return filepath.Join(string(r), "hack", "stack", module)
}

// pluginDir is where the project's own binaries are built.
func (r repository) pluginDir() string { return filepath.Join(string(r), "bin") }

var moduleLine = regexp.MustCompile(`(?m)^module github\.com/vaultseal/kubectl-vaultseal$`)

// findRepository looks for the project's go.mod from the working directory upwards.
func findRepository() (repository, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && moduleLine.Match(data) {
			return repository(dir), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside the kubectl-vaultseal repository: change into it", start)
		}
	}
}

// stateDir holds everything that one running stack leaves on disk.
type stateDir string

// findStateDir takes the flag's value, else the environment's, else the repository's.
func findStateDir(flag string) (stateDir, error) {
	for _, dir := range []string{flag, os.Getenv(stateVariable)} {
		if dir != "" {
			abs, err := filepath.Abs(dir)
			return stateDir(abs), err
		}
	}
	repo, err := findRepository()
	return stateDir(filepath.Join(string(repo), ".stack")), err
}

func (d stateDir) path(name ...string) string {
	return filepath.Join(append([]string{string(d)}, name...)...)
}

// Names in the state directory.
const (
	gitignore     = ".gitignore"
	operationLock = "lock"    // held by up and down while they work
	runningLock   = "running" // held by the supervisor and every server; holds the supervisor's pid
	stateFile     = "state.json"
	binDir        = "bin" // links to the binaries in the cache
	kubeconfig    = "kubeconfig"
	caCert        = "ca.crt" // signed Vault's certificate
	caKey         = "ca.key"
	vaultCert     = "vault.crt"
	vaultKey      = "vault.key"
	vaultReady    = "vault.json"
	clusterFile   = "vault-nodes.json" // the nodes of Vault's cluster
	nodeFile      = "node.json"        // the Kubernetes node
	nodeDir       = "node"             // its files
	auditPolicy   = "audit-policy.yaml"
	apiServerFile = "apiserver.json"

	kubeletClientCA    = "kubelet-client-ca.crt" // signed the API server's certificate as a client of kubelet
	kubeletClientCAKey = "kubelet-client-ca.key"
	kubeletClient      = "kubelet-client.crt"
	kubeletClientKey   = "kubelet-client.key"

	supervisorLog = "supervisor.log"
	apiServerLog  = "kube-apiserver.log"
	etcdLog       = "etcd.log"
	vaultLog      = "vault.log"
	kubeAudit     = "kube-audit.log"
	vaultAudit    = "vault-audit.log"
)

// create makes the directory, and refuses one that holds anything but a stack: down
// removes all of it.
func (d stateDir) create() error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return err
	}
	if len(entries) > 0 && !d.exists() {
		return fmt.Errorf("%s holds something else than a stack: name another directory with -state", d)
	}
	return nil
}

// exists reports whether there is a stack's directory, running or not.
func (d stateDir) exists() bool {
	_, err := os.Stat(d.path(operationLock))
	return err == nil
}

// clear removes what an earlier stack left, but not the locks.
func (d stateDir) clear() error {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if name := entry.Name(); name != operationLock && name != runningLock {
			errs = append(errs, os.RemoveAll(d.path(name)))
		}
	}
	return errors.Join(errs...)
}

// ignoreMissing is err, unless err says that a file is not there.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
