package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestAttendReturnsTheCommandsStatus(t *testing.T) {
	for script, want := range map[string]int{
		"exit 0":       0,
		"exit 7":       7,
		"kill -9 $$":   128 + 9,
		"kill -TERM 0": 128 + 15,
	} {
		cmd := exec.Command("sh", "-c", script)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that kill 0 reaches no other process
		err := attend(cmd, (*exec.Cmd).Start, nil)
		var got exitStatus
		if err != nil && !errors.As(err, &got) {
			t.Errorf("%s: %v", script, err)
		}
		if int(got) != want {
			t.Errorf("%s: got %d, want %d", script, got, want)
		}
	}
	if err := attend(exec.Command("/nowhere"), (*exec.Cmd).Start, nil); err == nil {
		t.Error("a command that is not there has run")
	}
}

func TestAttendPassesSignalsOn(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	err := attend(exec.Command("sleep", "60"), (*exec.Cmd).Start, signals)
	var got exitStatus
	if !errors.As(err, &got) || got != 128+15 {
		t.Errorf("got %v, want exit status 143", err)
	}
}
