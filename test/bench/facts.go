package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// facts are what the numbers depend on. What the system does not tell is left empty.
type facts struct {
	System   string `json:"system"`
	Cores    int    `json:"cores"`
	Memory   string `json:"memory,omitempty"`
	Kernel   string `json:"kernel,omitempty"`
	Go       string `json:"go"`
	Load     string `json:"load,omitempty"` // over the last minute, when the run began
	Revision string `json:"revision,omitempty"`
}

func machineFacts(ctx context.Context) facts {
	load, _, _ := strings.Cut(firstLine("/proc/loadavg"), " ")
	return facts{
		System:   runtime.GOOS + "/" + runtime.GOARCH,
		Cores:    runtime.NumCPU(),
		Memory:   memory(),
		Kernel:   output(ctx, "uname", "-r"),
		Go:       runtime.Version(),
		Load:     load,
		Revision: output(ctx, "git", "describe", "--always", "--dirty"),
	}
}

func (f facts) String() string {
	text := fmt.Sprintf("%s, %d cores", f.System, f.Cores)
	for _, fact := range []struct{ name, value string }{
		{"memory", f.Memory}, {"kernel", f.Kernel}, {"load", f.Load}, {"revision", f.Revision},
	} {
		if fact.value != "" {
			text += ", " + fact.name + " " + fact.value
		}
	}
	return text + ", " + f.Go
}

// memory reads Linux's "MemTotal:  24629764 kB".
func memory() string {
	var kibibytes float64
	if _, err := fmt.Sscanf(firstLine("/proc/meminfo"), "MemTotal: %f kB", &kibibytes); err != nil {
		return ""
	}
	return fmt.Sprintf("%.1f GiB", kibibytes/(1<<20))
}

func firstLine(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return line
}

func output(ctx context.Context, name string, args ...string) string {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
