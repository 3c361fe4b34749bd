package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// startTimeout bounds the start of one program. A busy machine is slow.
const startTimeout = 5 * time.Minute

// daemon is a running program of the node.
type daemon struct {
	name, log string
	done      chan struct{} // closed when it has ended
	err       error         // how it ended; never nil then
}

var errExitZero = errors.New("exit status 0")

// launch starts a program, which ends with the namespaces.
func (n *Node) launch(name string, args ...string) (*daemon, error) {
	d := &daemon{name: name, log: n.path(name + ".log"), done: make(chan struct{})}
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the program has its own
	cmd := exec.Command(filepath.Join(n.config.Bin, name), args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "PATH="+n.config.Bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		d.err = cmp.Or(cmd.Wait(), errExitZero)
		close(d.done)
		select {
		case n.ended <- d:
		default:
		}
	}()
	n.daemons = append(n.daemons, d)
	return d, nil
}

func (d *daemon) failure() error { return &DaemonError{Name: d.name, Log: d.log, Err: d.err} }

// await returns once ready says nil.
func (d *daemon) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-d.done:
			return d.failure()
		case <-ctx.Done():
			return &DaemonError{Name: d.name, Log: d.log, Err: errors.Join(errors.New("not ready"), err, ctx.Err())}
		case <-time.After(100 * time.Millisecond):
		}
	}
}
