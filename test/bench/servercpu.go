package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// servers are the process IDs of the stack's servers; 0: not known, so their CPU time is not counted.
type servers struct{ apiServer, etcd, vault int }

// serverCPU is the CPU time that the servers have taken, user and system. Unlike a wall time it means something on a
// machine that does other work too.
type serverCPU struct{ apiServer, etcd, vault time.Duration }

func (c serverCPU) sum() time.Duration { return c.apiServer + c.etcd + c.vault }

func (c serverCPU) since(before serverCPU) serverCPU {
	return serverCPU{c.apiServer - before.apiServer, c.etcd - before.etcd, c.vault - before.vault}
}

// servers finds the servers by the path of their program, where there is /proc.
func (s stack) servers() (servers, error) {
	var found servers
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		text, _ := os.ReadFile(path) // empty: it has ended
		program, _, _ := bytes.Cut(text, []byte{0})
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		switch string(program) {
		case filepath.Join(s.bin, "kube-apiserver"):
			found.apiServer = pid
		case filepath.Join(s.bin, "etcd"):
			found.etcd = pid
		case filepath.Join(s.bin, "vault-server"):
			found.vault = pid
		}
	}
	return found, err
}

func (s servers) cpu() (serverCPU, error) {
	var c serverCPU
	var errs [3]error
	c.apiServer, errs[0] = processCPU(s.apiServer)
	c.etcd, errs[1] = processCPU(s.etcd)
	c.vault, errs[2] = processCPU(s.vault)
	return c, errors.Join(errs[:]...)
}

// processCPU adds up what the scheduler counts for each thread, in nanoseconds.
func processCPU(pid int) (time.Duration, error) {
	if pid == 0 {
		return 0, nil
	}
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(paths) == 0 {
		return 0, errors.Join(err, fmt.Errorf("process %d has ended", pid))
	}
	var sum time.Duration
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that has ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		nanoseconds, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		sum += time.Duration(nanoseconds)
	}
	return sum, nil
}
