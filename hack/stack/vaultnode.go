package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// vaultNode is a node of Vault's cluster. The supervisor starts it again, sealed, when its process has ended, unless it
// is held.
type vaultNode struct {
	Name     string `json:"name"`
	Address  string `json:"address"`   // https://HOST:PORT
	Dir      string `json:"dir"`       // its files; see the names below
	AuditLog string `json:"audit_log"` // in Dir, as are the next two
	PIDFile  string `json:"pid_file"`  // the process, while it runs
	HoldFile string `json:"hold_file"` // while it exists, the node is not started again

	listen, cluster string // HOST:PORT
	server          *vaultServer
	ended           chan struct{} // closed when all of its processes have ended
}

// Names in a node's directory, besides those of its JSON.
const (
	vaultNodeAudit = "audit.log"
	vaultNodeData  = "data"
	vaultNodeLog   = "vault.log"
	vaultNodeReady = "ready.json"
)

// vaultNodeName is the name of the i-th node, counted from 0, and of its directory.
func vaultNodeName(i int) string { return "vault-" + strconv.Itoa(i+1) }

// newVaultNode chooses the addresses of a node, which it keeps over its restarts.
func newVaultNode(dir stateDir, name string) (*vaultNode, error) {
	ports, err := quietPorts(2)
	if err != nil {
		return nil, err
	}
	home := dir.path(name)
	return &vaultNode{
		Name: name, Address: "https://" + ports[0], Dir: home,
		AuditLog: filepath.Join(home, vaultNodeAudit), PIDFile: filepath.Join(home, "pid"),
		HoldFile: filepath.Join(home, "hold"),
		listen:   ports[0], cluster: ports[1], ended: make(chan struct{}),
	}, os.MkdirAll(home, 0o700)
}

// quietPorts returns addresses without a listener, which systems do not assign: a node that was killed can listen there
// again.
func quietPorts(count int) ([]string, error) {
	const first, all, tries = 20000, 10000, 100
	var addresses []string
	for range tries {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(all))))
		if err != nil {
			continue
		}
		defer listener.Close() // when all are chosen, so that none is chosen twice
		if addresses = append(addresses, listener.Addr().String()); len(addresses) == count {
			return addresses, nil
		}
	}
	return nil, errors.New("no port is free")
}

// start returns when the node serves, sealed. From then on it is kept until ctx is done.
func (n *vaultNode) start(ctx context.Context, dir stateDir) error {
	if err := n.launch(dir); err != nil {
		close(n.ended)
		return err
	}
	err := n.server.waitReady(ctx, filepath.Join(n.Dir, vaultNodeReady))
	if err != nil {
		close(n.ended)
		return withLog(fmt.Errorf("start %s: %w", n.Name, err), filepath.Join(n.Dir, vaultNodeLog))
	}
	return nil
}

// restartPause keeps a node that cannot start from being started all the time.
const restartPause = 50 * time.Millisecond

// keep starts the node again whenever its process has ended, until ctx is done.
func (n *vaultNode) keep(ctx context.Context, dir stateDir) {
	defer close(n.ended)
	for {
		select {
		case <-ctx.Done():
			if err := n.server.stop(); err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", n.Name, err)
			}
			return
		case <-n.server.ended:
		}
		_ = os.Remove(n.PIDFile)
		for ctx.Err() == nil && n.held() {
			time.Sleep(restartPause)
		}
		time.Sleep(restartPause)
		if ctx.Err() != nil {
			return
		}
		if err := n.launch(dir); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", n.Name, err)
			return
		}
	}
}

func (n *vaultNode) held() bool {
	_, err := os.Stat(n.HoldFile)
	return err == nil
}

// launch starts the node's process.
func (n *vaultNode) launch(dir stateDir) error {
	ready := filepath.Join(n.Dir, vaultNodeReady)
	if err := ignoreMissing(os.Remove(ready)); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(n.Dir, vaultNodeLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the node has its own
	cmd := exec.Command(dir.path(binDir, "vault-server"),
		"-tls-cert", dir.path(vaultCert), "-tls-key", dir.path(vaultKey),
		"-listen", n.listen, "-cluster-listen", n.cluster, "-storage", filepath.Join(n.Dir, vaultNodeData),
		"-audit-log", n.AuditLog, "-ready-file", ready)
	cmd.Stdout, cmd.Stderr = log, log
	if n.server, err = launchServer(cmd); err != nil {
		return err
	}
	return os.WriteFile(n.PIDFile, []byte(strconv.Itoa(n.server.process.Pid)), 0o600)
}
