package plugin

import (
	"context"
	"errors"
	"os/exec"
)

// run waits for the command: a process of Windows cannot become another one.
func (c child) run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, c.path, c.args[1:]...) //nolint:gosec // it is what the user asks for
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.env, c.process.In, c.process.Out, c.process.rawErr()
	if c.env == nil {
		cmd.Env = []string{}
	}
	if c.process.LeaveInterrupts != nil {
		defer c.process.LeaveInterrupts()()
	}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return childExit(exit.ExitCode())
	case err != nil:
		return notRun(c.args[0], err)
	}
	return nil
}

func (c child) runWith(context.Context, int, []byte) error {
	return usagef("--fd: Windows passes no file descriptors by number")
}
