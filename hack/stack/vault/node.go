package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/hashicorp/vault/audit"
	"github.com/hashicorp/vault/physical/raft"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/vault"
)

// isNode reports whether this Vault is a node of a cluster.
func (o options) isNode() bool { return o.cluster != "" }

// joinCluster gives the core the integrated storage in its directory, the addresses where
// clients and other nodes find it, and an audit log of its own: the audit device is the
// same for all nodes, with one path.
func joinCluster(config *vault.CoreConfig, o options, address string) error {
	if err := os.MkdirAll(o.storage, 0o700); err != nil {
		return err
	}
	backend, err := raft.NewRaftBackend(map[string]string{
		"path":                         o.storage,
		"node_id":                      o.cluster,
		"performance_multiplier":       "1",  // as Vault recommends for production: the shortest elections
		"autopilot_reconcile_interval": "1s", // a node that has joined is soon a voter
		"autopilot_update_interval":    "500ms",
	}, config.Logger.Named("storage"))
	if err != nil {
		return fmt.Errorf("integrated storage %s: %w", o.storage, err)
	}
	highlyAvailable, ok := backend.(physical.HABackend)
	if !ok {
		return errors.New("integrated storage is not highly available")
	}
	config.Physical, config.HAPhysical, config.StorageType = backend, highlyAvailable, "raft"
	config.RedirectAddr, config.ClusterAddr = address, "https://"+o.cluster
	if o.auditLog == "" {
		return nil
	}
	config.AuditBackends["file"] = auditTo(o.auditLog)
	return endLine(o.auditLog)
}

// auditTo makes file audit devices that write to path, whatever path they are configured with.
func auditTo(path string) audit.Factory {
	return func(config *audit.BackendConfig, headers audit.HeaderFormatter) (audit.Backend, error) {
		own := *config
		own.Config = maps.Clone(config.Config)
		own.Config["file_path"] = path
		return audit.NewFileBackend(&own, headers)
	}
}

// endLine ends a line that a node before this one was killed in.
func endLine(path string) error {
	file, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	last := make([]byte, 1)
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return err
	}
	if _, err := file.ReadAt(last, end-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = file.WriteString("\n")
	return err
}

// listenToNodes makes the core serve the other nodes once it is unsealed; it must be called before that.
func listenToNodes(core *vault.Core, address string, handler http.Handler) error {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return err
	}
	core.SetClusterListenerAddrs([]*net.TCPAddr{resolved})
	core.SetClusterHandler(handler)
	return nil
}
