package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// stackState is what others must know of a running stack.
type stackState struct {
	Supervisor   int    `json:"supervisor_pid"`
	KubeHost     string `json:"kube_host"`     // https://HOST:PORT
	VaultAddress string `json:"vault_address"` // https://HOST:PORT
	RootToken    string `json:"vault_root_token"`
	UnsealKey    string `json:"vault_unseal_key"` // hex
	Configured   bool   `json:"configured"`
	Bare         bool   `json:"bare,omitempty"` // without anything of vaultseal's
	Raft         bool   `json:"raft,omitempty"` // Vault is a cluster; see clusterFile
	Node         bool   `json:"node,omitempty"` // there is a node, and all runs in its namespaces; see nodeFile

	Given *givenVault `json:"given,omitempty"` // Vault is not the stack's
}

func (d stateDir) readState() (stackState, error) {
	var state stackState
	err := readJSON(d.path(stateFile), &state)
	return state, err
}

// running reports whether the supervisor or any server of the stack is alive.
func (d stateDir) running() (bool, error) {
	return isLocked(d.path(runningLock))
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// writeJSON writes v for the owner only. A reader never sees half a file.
func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(append(data, '\n'))
	if err := errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(temp.Name(), path)
}
