package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// taskEvents follows containerd's events about its processes, which know the time to the nanosecond: a pod's status
// knows it to the second.
type taskEvents struct {
	stop func() error

	mu   sync.Mutex
	runs map[string]*taskRun
}

// taskRun is the run of a container's process.
type taskRun struct{ start, exit time.Time }

// followTasks begins to follow the events of the stack's node.
func followTasks(ctx context.Context) (*taskEvents, error) {
	ctx, cancel := context.WithCancel(ctx)
	follow := exec.CommandContext(ctx, "../bin/stack", "enter", "--", "ctr", "--namespace", "k8s.io", "events")
	follow.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	follow.Cancel = func() error { return syscall.Kill(-follow.Process.Pid, syscall.SIGTERM) } // ctr too
	out, err := follow.StdoutPipe()
	if err == nil {
		err = follow.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("follow containerd's events: %w", err)
	}
	e := &taskEvents{runs: map[string]*taskRun{}}
	read := make(chan error, 1)
	go func() { read <- e.read(out) }()
	e.stop = func() error {
		cancel()
		err := <-read
		_ = follow.Wait() // the end by the signal is what was asked for
		return err
	}
	return e, nil
}

// taskEvent is a line of ctr events: the time, the namespace, the topic, the event.
var taskEvent = regexp.MustCompile(`^(\S+ \S+) \+0000 UTC k8s\.io /tasks/(start|exit) (\{.*\})$`)

func (e *taskEvents) read(events io.Reader) error {
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		found := taskEvent.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		at, err := time.Parse("2006-01-02 15:04:05.999999999", found[1])
		if err != nil {
			return err
		}
		var about struct {
			Container string `json:"container_id"`
		}
		if err := json.Unmarshal([]byte(found[3]), &about); err != nil {
			return err
		}
		e.note(about.Container, found[2], at)
	}
	return nil
}

func (e *taskEvents) note(container, what string, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	run := e.runs[container]
	if run == nil {
		run = &taskRun{}
		e.runs[container] = run
	}
	if what == "start" {
		run.start = at
	} else {
		run.exit = at
	}
}

// took returns how long each of the containers ran.
func (e *taskEvents) took(containers []string) ([]sample, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var ran []sample
	for _, container := range containers {
		run := e.runs[container]
		if run == nil || run.start.IsZero() || run.exit.IsZero() {
			return nil, fmt.Errorf("containerd told nothing about the start and the end of container %s", container)
		}
		ran = append(ran, sample{wall: run.exit.Sub(run.start)})
	}
	return ran, nil
}
