package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// vaultServer is a running Vault.
type vaultServer struct {
	process *os.Process
	ended   chan struct{} // closed when the process has ended
	exit    error         // how it ended, once it has; never nil then
	ready   vaultAccess
}

// vaultAccess is what Vault's ready file says.
type vaultAccess struct {
	Address   string `json:"address"`
	RootToken string `json:"root_token"`
	UnsealKey string `json:"unseal_key"`
}

// errExitZero is how a server ended that saw nothing wrong in ending.
var errExitZero = errors.New("exit status 0")

func (v *vaultServer) access() vaultAccess { return v.ready }

func (v *vaultServer) failed() <-chan struct{} { return v.ended }

func (v *vaultServer) failure() error { return v.exit }

// startVault returns when Vault serves. On failure nothing is left running.
func startVault(ctx context.Context, dir stateDir, listen string) (*vaultServer, error) {
	server, err := launchVault(dir, listen)
	if err == nil {
		err = server.waitReady(ctx, dir.path(vaultReady))
	}
	if err != nil {
		return nil, withLog(fmt.Errorf("start vault: %w", err), dir.path(vaultLog))
	}
	return server, nil
}

func launchVault(dir stateDir, listen string) (*vaultServer, error) {
	log, err := os.Create(dir.path(vaultLog))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // Vault has its own
	cmd := exec.Command(dir.path(binDir, "vault-server"),
		"-tls-cert", dir.path(vaultCert), "-tls-key", dir.path(vaultKey), "-listen", listen,
		"-audit-log", dir.path(vaultAudit), "-ready-file", dir.path(vaultReady))
	cmd.Stdout, cmd.Stderr = log, log
	return launchServer(cmd)
}

func launchServer(cmd *exec.Cmd) (*vaultServer, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	server := &vaultServer{process: cmd.Process, ended: make(chan struct{})}
	go func() {
		defer close(server.ended)
		server.exit = cmp.Or(cmd.Wait(), errExitZero)
	}()
	return server, nil
}

// waitReady waits for the ready file and reads it.
func (v *vaultServer) waitReady(ctx context.Context, file string) error {
	timeout := time.After(startTimeout)
	for {
		err := readJSON(file, &v.ready)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, v.stop())
		}
		select {
		case <-v.ended:
			return fmt.Errorf("it ended: %w", v.exit)
		case <-timeout:
			return errors.Join(fmt.Errorf("not ready after %s", startTimeout), v.stop())
		case <-ctx.Done():
			return errors.Join(ctx.Err(), v.stop())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the server and waits for it.
func (v *vaultServer) stop() error {
	switch err := v.process.Signal(syscall.SIGTERM); {
	case errors.Is(err, os.ErrProcessDone):
		return nil
	case err != nil:
		return fmt.Errorf("end vault: %w", err)
	}
	select {
	case <-v.ended:
		return nil
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("vault did not end within %s", stopTimeout), v.process.Kill())
	}
}
