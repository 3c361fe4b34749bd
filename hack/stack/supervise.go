package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/vaultseal/kubectl-vaultseal/hack/stack/node"
)

// vaultPort is Vault's where nothing else can have it.
const vaultPort = "8200"

// superviseCommand is the command that up starts itself with, in a session of its own.
const superviseCommand = "supervise"

// parentVariable tells a process whom to outlive by no more than a moment. The servers
// read it too.
const parentVariable = "VAULTSEAL_STACK_PARENT"

// supervise starts the servers, writes the state file when all of them serve, and holds
// them until ctx is done or one of them fails. What it holds ends with it, even when it
// is killed: every server watches its parent.
func supervise(ctx context.Context, dir stateDir, v variant) error {
	lock, err := holdRunning(ctx, dir)
	if err != nil {
		return err
	}
	defer lock.unlock()

	ctx, parentGone := withParent(ctx)
	if v.node {
		err = holdNode(ctx, dir)
	} else {
		err = serve(ctx, dir, v)
	}
	if parentGone() {
		err = errors.Join(err, os.RemoveAll(string(dir))) // no other process is left to do it
	}
	return err
}

// holdRunning takes the lock that says that the stack runs, and leaves the pid in it.
// The servers inherit the lock.
func holdRunning(ctx context.Context, dir stateDir) (*fileLock, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	lock, err := waitLock(ctx, dir.path(runningLock), nil)
	if err != nil {
		return nil, fmt.Errorf("supervise %s: %w", dir, err)
	}
	if err := lock.inheritable(); err != nil {
		return nil, err
	}
	return lock, lock.write(strconv.Itoa(os.Getpid()))
}

// withParent ends the context when the process that the environment names as the parent
// is gone, and returns how to ask whether it was that.
func withParent(ctx context.Context) (context.Context, func() bool) {
	parent, err := strconv.Atoi(os.Getenv(parentVariable))
	if err != nil {
		return ctx, func() bool { return false }
	}
	errGone := fmt.Errorf("parent process %d is gone", parent)
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		for os.Getppid() == parent {
			time.Sleep(200 * time.Millisecond)
		}
		cancel(errGone)
	}()
	return ctx, func() bool { return errors.Is(context.Cause(ctx), errGone) }
}

// vaultService is Vault: one server, or a cluster.
type vaultService interface {
	access() vaultAccess
	failed() <-chan struct{} // closed when Vault has ended by itself; nil when it cannot
	failure() error          // how it ended, once it has
	stop() error
}

func startVaultService(ctx context.Context, dir stateDir, v variant) (vaultService, error) {
	address, token, ca, err := givenFromEnvironment(os.Getenv)
	switch {
	case err != nil:
		return nil, err
	case address != "" && (v.raft || v.node):
		return nil, fmt.Errorf("%s is set: -raft and -node are for a Vault of the stack's own", givenAddressVariable)
	case address != "":
		return orNone(takeVault(ctx, dir, address, token, ca))
	case v.raft:
		return orNone(startCluster(ctx, dir))
	case v.node:
		return orNone(startVault(ctx, dir, net.JoinHostPort(node.BridgeAddress, vaultPort)))
	default:
		return orNone(startVault(ctx, dir, "127.0.0.1:0"))
	}
}

// orNone makes no service of one that could not be started.
func orNone[S vaultService](started S, err error) (vaultService, error) {
	if err != nil {
		return nil, err
	}
	return started, nil
}

// serve returns when everything that it has started has ended.
func serve(ctx context.Context, dir stateDir, v variant) (err error) {
	if err := os.Setenv(parentVariable, strconv.Itoa(os.Getpid())); err != nil {
		return err
	}
	log.SetLogger(logr.Discard()) // envtest's; the servers have logs of their own
	var kube *controlPlane
	var vault vaultService
	var pods *node.Node
	starting, startCtx := errgroup.WithContext(ctx)
	starting.Go(func() (err error) { kube, err = startControlPlane(dir, v.node); return err })
	starting.Go(func() (err error) { vault, err = startVaultService(startCtx, dir, v); return err })
	if v.node {
		starting.Go(func() (err error) { pods, err = node.StartRuntime(startCtx, nodeConfig(dir)); return err })
	}
	err = starting.Wait()
	defer func() { // in the order in which they depend on each other
		if vault != nil {
			err = errors.Join(err, vault.stop())
		}
		if kube != nil {
			err = errors.Join(err, kube.stop())
		}
	}()
	if err != nil || ctx.Err() != nil {
		return withDaemonLog(err)
	}
	var nodeFailed <-chan error
	if v.node {
		if err := joinNode(ctx, kube, pods); err != nil {
			return err
		}
		nodeFailed = pods.Failed()
	}

	given, _ := vault.(*givenVault)
	err = writeJSON(dir.path(stateFile), stackState{
		Given:        given,
		Supervisor:   os.Getpid(),
		KubeHost:     kube.host(),
		VaultAddress: vault.access().Address,
		RootToken:    vault.access().RootToken,
		UnsealKey:    vault.access().UnsealKey,
		Raft:         v.raft,
		Node:         v.node,
	})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-nodeFailed:
		return withDaemonLog(err)
	case <-vault.failed():
		return withLog(fmt.Errorf("vault ended: %w", vault.failure()), dir.path(vaultLog))
	}
}
