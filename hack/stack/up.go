package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// up brings the stack up unless it is, and configures it in any case.
func up(ctx context.Context, repo repository, dir stateDir, v variant, progress io.Writer) error {
	began := time.Now()
	unlock, err := lockForUp(ctx, dir, progress)
	if err != nil {
		return err
	}
	defer unlock()
	alive, err := dir.running()
	if err != nil {
		return err
	}
	if alive {
		if err := configureWhereItRuns(ctx, dir, variant{}); err != nil {
			return fmt.Errorf("the stack in %s runs but does not answer as it should: %w\nend it with 'stack down', "+
				"then start it again", dir, err)
		}
		fmt.Fprintf(progress, "the stack is already up in %s\n", dir)
		return nil
	}
	if err := prepareAndStart(ctx, repo, dir, supervisor{variant: v}, progress); err != nil {
		return err
	}
	fmt.Fprintf(progress, "the stack is up in %s (%.1f s)\n", dir, time.Since(began).Seconds())
	return nil
}

// lockForUp creates the directory and keeps other commands from working in it.
func lockForUp(ctx context.Context, dir stateDir, progress io.Writer) (unlock func(), err error) {
	for {
		if err := dir.create(); err != nil {
			return nil, err
		}
		lock, err := waitLock(ctx, dir.path(operationLock), func() {
			fmt.Fprintf(progress, "waiting for another stack command in %s\n", dir)
		})
		if errors.Is(err, fs.ErrNotExist) {
			continue // the other command was down
		}
		if err != nil {
			return nil, fmt.Errorf("state directory %s: %w", dir, err)
		}
		return lock.unlock, nil
	}
}

// prepareAndStart fills the directory, starts the servers and configures them. After a
// failure no process is left.
func prepareAndStart(ctx context.Context, repo repository, dir stateDir, s supervisor, progress io.Writer) error {
	if s.node {
		if err := checkNode(repo, dir); err != nil {
			return err
		}
	}
	binaries, err := s.build(ctx, repo, s.withMe, progress)
	if err != nil {
		return err
	}
	if err := dir.clear(); err != nil {
		return err
	}
	if err := os.WriteFile(dir.path(gitignore), []byte("*\n"), 0o600); err != nil {
		return err
	}
	if err := linkBinaries(dir, binaries); err != nil {
		return err
	}
	if err := s.writePKI(dir); err != nil {
		return err
	}
	err = s.start(ctx, dir)
	if err == nil {
		err = configureWhereItRuns(ctx, dir, s.variant)
	}
	if err != nil {
		return errors.Join(err, endSupervisor(dir))
	}
	return nil
}

// linkBinaries makes the directory that PATH gets, with the binaries under the names
// that they are called under.
func linkBinaries(dir stateDir, binaries map[string]string) error {
	if err := os.Mkdir(dir.path(binDir), 0o750); err != nil {
		return err
	}
	for name, target := range binaries {
		if err := os.Symlink(target, dir.path(binDir, name)); err != nil {
			return err
		}
	}
	return nil
}

// variant says how a stack differs from the usual one.
type variant struct {
	bare bool // configure nothing
	raft bool // Vault is a cluster
	node bool // with a node, in whose namespaces all runs
}

// build builds the servers that the stack runs, and for tests the commands that only they run.
func (v variant) build(
	ctx context.Context, repo repository, tests bool, progress io.Writer,
) (map[string]string, error) {
	of := buildServers
	if tests {
		of = buildAll
	}
	binaries, err := of(ctx, repo, progress)
	if err != nil || !v.node {
		return binaries, err
	}
	ofNode, err := buildNode(ctx, repo, progress)
	maps.Copy(binaries, ofNode)
	return binaries, err
}

func (v variant) writePKI(dir stateDir) error {
	if v.node {
		return writeNodePKI(dir)
	}
	return writePKI(dir)
}

// flags are those that the supervisor gets.
func (v variant) flags() []string {
	var flags []string
	for name, set := range map[string]bool{"-bare": v.bare, "-raft": v.raft, "-node": v.node} {
		if set {
			flags = append(flags, name)
		}
	}
	slices.Sort(flags)
	return flags
}

// supervisor is the background process that holds the servers.
type supervisor struct {
	variant

	withMe bool // end when this process ends
}

// start returns when all servers serve.
func (s supervisor) start(ctx context.Context, dir stateDir) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.Create(dir.path(supervisorLog))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the supervisor has its own

	cmd := exec.Command(self, append([]string{"-state", string(dir), superviseCommand}, s.flags()...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = "/" // keeps no other directory busy
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Env = s.env(os.Environ())
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmp.Or(cmd.Wait(), errExitZero) }()
	return waitServing(ctx, dir, exited)
}

func (s supervisor) env(inherited []string) []string {
	var env []string
	for _, entry := range inherited {
		if !strings.HasPrefix(entry, parentVariable+"=") {
			env = append(env, entry)
		}
	}
	if s.withMe {
		env = append(env, parentVariable+"="+strconv.Itoa(os.Getpid()))
	}
	return env
}

// waitServing waits for the supervisor's state file, or for its end.
func waitServing(ctx context.Context, dir stateDir, exited <-chan error) error {
	for {
		if _, err := dir.readState(); err == nil {
			return nil
		}
		select {
		case err := <-exited:
			return supervisorError(dir, err)
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// supervisorError is what the supervisor has said before it ended.
func supervisorError(dir stateDir, exit error) error {
	said, err := os.ReadFile(dir.path(supervisorLog))
	if err != nil {
		return err
	}
	if text := strings.TrimSpace(string(said)); text != "" {
		return errors.New(strings.TrimPrefix(text, "error: "))
	}
	return fmt.Errorf("the supervisor ended before the servers were ready: %w", exit)
}
