package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// programs are the binaries that are measured. All but kubectl are built alike,
// as a release is.
type programs struct{ plugin, bareChain, leanChain, kubectl string }

const module = "github.com/vaultseal/kubectl-vaultseal"

func buildPrograms(ctx context.Context, dir string) (programs, error) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		return programs{}, err
	}
	p := programs{
		plugin:    filepath.Join(dir, "kubectl-vaultseal"),
		bareChain: filepath.Join(dir, "barechain"),
		leanChain: filepath.Join(dir, "leanchain"),
		kubectl:   kubectl,
	}
	if err := build(ctx, p.plugin, module+"/cmd/kubectl-vaultseal"); err != nil {
		return p, err
	}
	if err := build(ctx, p.leanChain, module+"/test/bench/leanchain"); err != nil {
		return p, err
	}
	return p, build(ctx, p.bareChain, module+"/test/bench/barechain")
}

// build makes a stripped binary.
func build(ctx context.Context, output, pkg string) error {
	progress("building %s", pkg)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", output, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if message, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, message)
	}
	return nil
}
