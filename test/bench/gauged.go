package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// gaugeGrace is how long gauge may take to end the program when the run is interrupted.
const gaugeGrace = 5 * time.Second

// runGauged repeats the command once through gauge, which tells its peak memory too.
func (c command) runGauged(ctx context.Context, gauge string, environment []string) (sample, error) {
	measured, measurements, err := os.Pipe()
	if err != nil {
		return sample{}, err
	}
	defer measured.Close()
	cmd := exec.CommandContext(ctx, gauge, c.argv...)
	cmd.Env, cmd.ExtraFiles = environment, []*os.File{measurements}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = gaugeGrace
	err = c.try(ctx, cmd, cmd.Run)
	measurements.Close()
	if err != nil {
		return sample{}, err
	}
	var s sample
	if _, err := fmt.Fscan(measured, &s.wall, &s.cpu, &s.peak); err != nil {
		return sample{}, fmt.Errorf("%s: what gauge measured: %w", c.Name, err)
	}
	return s, nil
}
